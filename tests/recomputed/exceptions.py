"""Exceptions, deadlines and phases, counted again from the events."""

import datetime as dt
from collections import Counter, defaultdict
from statistics import median_low

from tests.recomputed.events import civil, kind
from tests.recomputed.orders import date_of, settled

UNDECIDED = ("waiting", "referred")
LONG = {"decide": 7, "answer": 14, "redirect": 7, "collect": 30}


def exceptions(ledger, day):
    """The total of each kind on a day: kind, exceptions, claims and rupiah."""
    found = [(*one, claim.number) for claim in ledger.claims.values() for one in _of_claim(claim, day)]
    found += _shared(ledger)
    totals = {}
    for which in {one[0] for one in found}:
        own = [one for one in found if one[0] == which]
        totals[which] = {
            "exceptions": len(own),
            "claims": len({claim for *_, claim in own}),
            "amount": sum(amount for _, amount, _ in own),
        }
    return totals


def _shared(ledger):
    """What was paid on each order under a reference of the bank that it gave for another order too."""
    under: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for claim in ledger.claims.values():
        for event in claim.counting:
            if kind(event) == "claim.paid":
                under[event["data"]["reference"]][claim.number, event["data"]["order"]] += event["data"][
                    "amount"
                ]
    amounts: Counter[tuple[str, str]] = Counter()
    for orders in under.values():
        if len(orders) > 1:
            amounts.update(orders)
    return [("shared-reference", amount, claim) for (claim, _), amount in amounts.items()]


def _of_claim(claim, day):
    """Kind and rupiah of each exception of a claim; of one kind and order once."""
    misfits: Counter[tuple[str, str]] = Counter()
    for told in claim.mismatches():
        order = claim.orders.get(told["order"])
        which = {
            "unknown": "paid-without-order",
            "cancelled": "paid-without-order",
            "before-order": "paid-before-order",
            "not-paid": "returned-unpaid",
            "more": "paid-beyond-order",
        }[told["kind"]]
        if which == "paid-beyond-order" and len(_standing(claim, order)) > 1:
            which = "paid-twice"
        misfits[which, told["order"]] += told["amount"]
    yield from ((which, amount) for (which, _), amount in misfits.items())
    for order in claim.orders.values():
        yield from _of_order(claim, order, day)
    yield from (("overpaid", amount) for amount in claim.overpaid.values() if amount)
    if (task := _task(claim)) and (dt.date.fromisoformat(day) - dt.date.fromisoformat(task[1])).days > LONG[
        task[0]
    ]:
        orders = claim.orders.values()
        yield "waits-long", sum(order.open if task[0] == "redirect" else order.paid for order in orders)
    left = sum(order.amount for order in claim.orders.values() if order.stands and order.left)
    papers = [paper for event in claim.counting for paper in event["data"].get("documents", ())]
    if left and {p["kind"] for p in papers} - {p["kind"] for p in papers if "sha256" in p}:
        yield "without-hash", left


def _of_order(claim, order, day):
    whole = order.amount or order.moved
    if order.open:
        yield "returned-open", order.open
    if order.stands and order.paid and order.amount - order.paid - order.open > 0:
        yield "paid-otherwise", order.amount - order.paid - order.open
    if back := _surplus_back(claim, order):
        yield "paid-twice-returned", back
    early = sum(e["data"]["amount"] for e in _payments(claim, order) if _while_undecided(claim, order, e))
    if early and order.paid:
        yield "paid-undecided", min(early, order.paid)
    if order.stands and order.amount > order.paid:
        if order.held in UNDECIDED:
            yield "held", order.amount - order.paid
        elif not order.held and order.due_on < day:
            yield "unpaid", order.amount - order.paid
    if order.release:
        if _outcome(claim, order.release["position"])[0] != "due":
            yield "released-undecided", whole
        if not _to_the_account(claim, order):
            yield "other-account", whole


def _payments(claim, order):
    about = [event for event in claim.bank if event["data"]["order"] == order.number]
    return [event for event in about if kind(event) == "claim.paid"]


def _standing(claim, order, count=None):
    """The payments of an order that did not come back, by the first so many words of the bank about it, by its days."""
    about = [e for e in claim.bank if e["data"]["order"] == order.number and e["position"] > order.made_at]
    first = sorted(about, key=lambda event: (date_of(event), event["position"]))[:count]
    return settled(order.amount + order.moved, first, claim.counts_since, claim.cleared)[0]


def _surplus_back(claim, order):
    """How far several payments went beyond an order on the worst day, less what of that is still too much."""
    ordered, beyond, last = order.amount + order.moved, 0, 0
    for count in range(1, len(claim.bank) + 1):
        payments = _standing(claim, order, count)
        last = max(0, sum(amount for amount, _ in payments) - ordered)
        beyond = max(beyond, last if len(payments) > 1 else 0)
    return max(0, beyond - last)


def _outcome(claim, position):
    """How a claim stood before a position, and since which position it has been undecided, if it is."""
    outcome, since = "waiting", 0
    for event in claim.events:
        if event["position"] >= position:
            break
        if kind(event) == "claim.assessed":
            new = event["data"]["outcome"]
            if new in UNDECIDED and outcome not in UNDECIDED:
                since = event["position"]
            outcome = new
    return outcome, since


def _while_undecided(claim, order, payment):
    """Whether the bank paid an order while its claim was undecided, and it had not left before that."""
    if payment["position"] < order.event["position"]:
        return False
    outcome, since = _outcome(claim, payment["position"])
    words = ("claim.payment-released", "claim.paid", "claim.payment-returned")
    left = [
        event["position"]
        for event in claim.events
        if kind(event) in words and event["data"]["order"] == order.number
    ]
    return outcome in UNDECIDED and min(left) >= since


def _to_the_account(claim, order):
    """Whether an order left for the account that was stated last for its payee, when it left."""
    said = order.release["data"] if order.release["data"].get("account") else order.event["data"]
    before = [event for event in claim.events if event["position"] < order.release["position"]]
    stated = [(event, dict(_accounts(event["data"]))) for event in before]
    payee = order.payee.lower()
    of_payee = [
        (event, accounts)
        for event, accounts in stated
        if event in claim.counting and payee in (whose.lower() for whose in accounts)
    ]
    account = said.get("account", "")
    if not account:
        return not of_payee
    if not any(e["position"] == said["stated_at"] and account in told.values() for e, told in stated):
        return False
    later = [told for event, told in of_payee if event["position"] > said["stated_at"]]
    return all(account in told.values() for told in later)


def _accounts(data):
    findings = data.get("findings", {})
    for item in findings.get("medical", {}).get("items", ()):
        if item["kind"] == "treatment":
            own = item["payee"]["account"]["number"] if "payee" in item else item.get("provider", "")
            yield f"provider:{item['item']}", own
    for heir in findings.get("heirs", ()):
        yield f"heir:{heir['heir']}", heir["account"]["number"]
    if "burial" in findings:
        yield "burial", findings["burial"]["arranged_by"]["account"]["number"]
    if "participant_account" in findings:
        yield "participant", findings["participant_account"]["number"]
    if "school_year" in data:
        yield f"child:{data['child']}", data["payee"]["account"]["number"]


def deadlines(ledger, day):
    """Of all standing orders by the end of a day: how many stand how, days late, and 1 % a day."""
    orders = [order for claim in ledger.claims.values() for order in claim.orders.values() if order.stands]
    standing: Counter[str] = Counter()
    late, compensation = [], 0
    for order in orders:
        paid = order.paid_on if order.paid_on and order.paid_on <= day else ""
        days = (dt.date.fromisoformat(paid or day) - dt.date.fromisoformat(order.due_on)).days
        if paid:
            which = "late" if days > 0 else "in_time"
        elif order.held:
            which = "held"
        else:
            which = "overdue" if days > 0 else "to_come"
        standing[which] += 1
        if which in ("late", "overdue"):
            late.append(days)
            whole, rest = divmod(order.amount * days, 100)
            compensation += whole + (rest >= 50)
    return {
        **{which: standing[which] for which in ("in_time", "late", "overdue", "to_come", "held")},
        "days": _days(late),
        "compensation": compensation,
    }


def phases(ledger):
    """Days of the claims that became complete, apart, and how many never did, by whose turn it is."""
    days: defaultdict[str, list[int]] = defaultdict(list)
    turns: Counter[str] = Counter()
    for claim in ledger.claims.values():
        if not claim.filing or claim.retracted or not claim.award.get("outcome"):
            continue
        whose, turn, complete, recorded = _waited(claim)
        if turn != "complete":
            turns[turn] += 1
            continue
        for party in ("family", "office", "both"):
            days[party].append(whose[party])
        late = 0
        if claim.orders:
            event = next(iter(claim.orders.values())).event
            made = civil(event["recordedtime"])
            cause = claim.named.get(event["causationid"])
            sent = civil(cause["time"]) if cause and cause in claim.events else made
            decided = max(complete, recorded)
            days["ordering"].append(_apart(decided, max(decided, sent)))
            late = _apart(max(decided, sent), made)
            if paid := _paid(claim, made):
                days["payment"].append(_apart(made, paid))
        days["recording"].append(_apart(complete, recorded) + late)
    measured = ("family", "office", "both", "recording", "ordering", "payment")
    return {
        "measured": {what: _days(days[what]) for what in measured},
        "turns": dict(turns),
    }


def _waited(claim):
    """Day by day, whose turn it was from the filing to the first completeness, and when that was recorded."""
    today = civil(claim.filing["time"])
    whose: Counter[str] = Counter()
    turn = None
    for event in claim.events:
        if kind(event) != "claim.assessed":
            continue
        said = event["data"]
        cause = claim.named.get(event["causationid"])
        of_claim = cause and cause in claim.events
        day = max(today, civil(cause["time"] if of_claim else event["recordedtime"]))
        if turn:
            whose[turn] += _apart(today, day)
        today = day
        missing = said.get("missing", [])
        family = [m for m in missing if m.startswith("document:") or m == "finding:participant_account"]
        if said["outcome"] in ("due", "referred"):
            return whose, "complete", today, civil(event["recordedtime"])
        if said["outcome"] != "waiting":
            turn = "ended"
        else:
            turn = "family" if family == missing else "both" if family else "office"
    return whose, turn, "", ""


def _paid(claim, made):
    stand = [order for order in claim.orders.values() if order.stands]
    first = [order for order in stand if civil(order.event["recordedtime"]) == made] or stand[:1]
    paid = [order.paid_on for order in first]
    return max(paid) if paid and all(paid) else ""


def _apart(first, last):
    return max(0, (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days)


def _days(days):
    return {"number": len(days), "sum": sum(days), "median": median_low(days) if days else 0}


def tasks(ledger):
    """What an officer has to do about each claim, and since which day.

    A claim for which nothing is to be done is left out.
    """
    found = {number: _task(claim) for number, claim in ledger.claims.items()}
    return {number: list(task) for number, task in found.items() if task}


def _task(claim):
    assessed = [event for event in claim.events if kind(event) == "claim.assessed"]
    if not claim.filing or claim.retracted or not assessed:
        return None
    stages = [_stage(event["data"]) for event in assessed]
    begun = len(stages) - 1
    while begun and stages[begun - 1] == stages[-1]:
        begun -= 1
    last, since = assessed[-1]["data"], civil(assessed[begun]["recordedtime"])
    if objected := _unanswered(claim, last):
        return "answer", civil(objected["recordedtime"])
    if last["outcome"] == "referred":
        return "decide", since
    if stages[-1] in ("office", "both"):
        return "collect", since
    back = [
        order.returned_on for order in claim.orders.values() if order.stands and order.state == "returned"
    ]
    return ("redirect", min(back)) if last["outcome"] == "due" and back else None


def _stage(said):
    """The outcome; of one that waits whose turn it is."""
    if said["outcome"] != "waiting":
        return said["outcome"]
    missing = said["missing"]
    family = [m for m in missing if m.startswith("document:") or m == "finding:participant_account"]
    return "family" if family == missing else "both" if family else "office"


def _unanswered(claim, last):
    """The first objection that counts and that no review has answered.

    Any review of what is denied, else one that lifts it.
    """
    reasons = [reason["code"] for reason in last.get("reasons", ())]
    if last["outcome"] != "denied" and not (last["outcome"] == "referred" and "objected" in reasons):
        return None
    answers = [
        claim.known_until(event)
        for event in claim.counting
        if kind(event) == "claim.reviewed"
        and (
            last["outcome"] == "denied"
            or (event["data"]["decision"] == "approve" and "objected" in event["data"]["reasons"])
        )
    ]
    later = (
        event
        for event in claim.counting
        if kind(event) == "claim.objected" and claim.counts_since(event) > max(answers, default=-1)
    )
    return next(later, None)
