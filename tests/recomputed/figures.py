"""What each command prints, as the events have it."""

import datetime as dt
from collections import Counter, defaultdict

from tests.recomputed.events import kind, month, sender

LINE = ("entitled", "overpaid", "undecided", "not_ordered", "ordered", "released", "matched", "open")


def sums(ledger):
    """What ``payments sums --json`` says."""
    by_benefit: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for claim in ledger.claims.values():
        for benefit, line in _lines(claim).items():
            by_benefit[benefit].update(line)
    figures = [claim.figures() for claim in ledger.claims.values()]
    total = {key: sum(line[key] for line in by_benefit.values()) for key in LINE}
    every = {key: sum(one[key] for one in figures) for key in ("paid_by_bank", "matched", "unmatched")}
    return {
        "benefits": [{"benefit": b, **{key: by_benefit[b][key] for key in LINE}} for b in sorted(by_benefit)],
        "total": {"benefit": "", **total},
        **every,
        "adds_up": all(
            line["entitled"] + line["overpaid"] + line["undecided"] == line["ordered"] + line["not_ordered"]
            and line["ordered"] == line["matched"] + line["open"]
            for line in (*by_benefit.values(), total)
        ),
    }


def _lines(claim):
    """The sums of one claim by benefit. What the bank paid of an order counts for its smallest benefits first."""
    lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for benefit, amount in claim.benefits.items():
        lines[benefit]["entitled"] += amount
    for order in claim.orders.values():
        left = order.matched
        for benefit, amount in sorted(order.benefits.items(), key=lambda one: (one[1], one[0])):
            if order.stands:
                lines[benefit]["ordered"] += amount
                lines[benefit]["released"] += amount if order.left else 0
                lines[benefit]["matched"] += min(amount, left)
                left -= min(amount, left)
    overpaid = sum(claim.overpaid.values())
    for benefit in sorted(lines):
        line = lines[benefit]
        beyond = max(line["ordered"] - line["entitled"], 0)
        line["overpaid"] = min(beyond, overpaid)
        overpaid -= line["overpaid"]
        line["undecided"] = beyond - line["overpaid"]
        line["not_ordered"] = max(line["entitled"] - line["ordered"], 0)
        line["open"] = line["ordered"] - line["matched"]
    return lines


def summary(ledger):
    """What ``demo --json`` says, without what only the senders and the quarantine know."""
    filed = [claim for claim in ledger.claims.values() if claim.filing]
    figures = {claim.number: claim.figures() for claim in filed}
    known = [person for person in ledger.persons.values() if person.known]
    in_order = sorted(filed, key=lambda claim: (claim.award.get("version", 0), claim.number))
    return {
        "deciles": dict(Counter(str(person.stated["decile"]) for person in known)),
        "statuses": {
            status: {
                "claims": sum(claim.status == status for claim in filed),
                **{
                    key: sum(figures[claim.number][key] for claim in filed if claim.status == status)
                    for key in ("ordered", "paid_by_bank")
                },
            }
            for status in {claim.status for claim in filed}
        },
        "missing": dict(
            Counter(m for c in filed if c.status == "waiting" for m in c.award.get("missing", ()))
        ),
        "referred": _reasons(filed, "referred"),
        "denied": _reasons(filed, "denied"),
        "sums": sums(ledger),
        "mismatches": sum(kind(event) == "claim.payment-mismatched" for event in ledger.events),
        "messages": {"admitted": sum(bool(sender(event) != "kelambu") for event in ledger.events)},
        "events": len(ledger.events),
        "differences": [],
        "examples": {claim.status: claim.number for claim in in_order},
    }


def _reasons(claims, status):
    of_status = [claim for claim in claims if claim.status == status]
    return dict(Counter(reason["code"] for claim in of_status for reason in claim.award.get("reasons", ())))


def verify(ledger):
    """What ``verify --json`` counts, where it finds nothing."""
    orders = [order for claim in ledger.claims.values() for order in claim.orders.values()]
    whole = {order.number: order.event["data"]["amount"] for order in orders}
    left = sum(whole[order.number] for order in orders if order.release)
    heads = Counter(str(event["partition"]) for event in ledger.events)
    return {
        "findings": [],
        "events": len(ledger.events),
        "assessments": sum(kind(event) == "claim.assessed" for event in ledger.events),
        "persons": len({event["person"] for event in ledger.events if event.get("person")}),
        "heads": dict(heads),
        "totals": {
            "orders": len(orders),
            "ordered": sum(whole.values()),
            "cancelled": sum(order.cancelled["data"]["amount"] for order in orders if order.cancelled),
            "released": left,
            "left": left,
            "paid": sum(order.paid for order in orders),
        },
        "sums": sums(ledger),
    }


def due(ledger, day):
    """What ``payments due --as-of DAY --json`` says."""
    orders = [order for claim in ledger.claims.values() for order in claim.orders.values() if order.stands]
    unpaid = [
        order for order in orders if order.due_on <= day and (not order.paid_on or order.paid_on >= day)
    ]
    unpaid.sort(key=lambda order: (order.due_on, order.number))
    today = [order for order in unpaid if order.due_on == day and not order.held]
    late = [
        {"order": order.view(), "days": days, "compensation": (order.amount * days + 50) // 100}
        for order in unpaid
        if order.due_on < day and not order.held
        for days in [(dt.date.fromisoformat(day) - dt.date.fromisoformat(order.due_on)).days]
    ]
    held = [order for order in unpaid if order.held]
    return {
        "as_of": day,
        "due": [order.view() for order in today],
        "overdue": late,
        "held": [order.view() for order in held],
        "sums": {
            "due": sum(order.amount for order in today),
            "overdue": sum(one["order"]["amount"] for one in late),
            "compensation": sum(one["compensation"] for one in late),
            "held": sum(order.amount for order in held),
        },
    }


def coverage(ledger, by, first, last):
    """What ``coverage --by BY --from FIRST --to LAST --json`` says."""
    known = [person for person in ledger.persons.values() if person.known]
    groups = defaultdict(list)
    for person in known:
        groups["" if by == "month" else str(person.stated[by])].append(person)
    found = []
    for number in range(month(first), month(last) + 1):
        for group in sorted(groups, key=lambda group: group.zfill(2)):
            people = groups[group]
            within = [person for person in people if number in person.member]
            found.append(
                {
                    "month": f"{number // 12:04}-{number % 12 + 1:02}",
                    "group": group,
                    "participants": len(within),
                    "covered": sum(number in person.paid for person in within),
                    "after_death": sum(number in person.after_death for person in people),
                }
            )
    return {"by": by, "months": found}


def claim(ledger, number):
    """What ``claim NUMBER --json`` says."""
    found = ledger.claims[number]
    view = found.view(ledger.persons[found.person])
    undecided = view["status"] in ("waiting", "referred")
    return {
        "claim": view,
        "pending": view["released"] - view["overpaid"] if undecided else 0,
        "mismatches": found.mismatches(),
    }


def orders(ledger, number):
    """Every order of a claim, as ``payments due --json`` shows one, in the order in which they were made."""
    return [order.view() for order in ledger.claims[number].orders.values()]
