"""One claim: its status, its sums and its orders."""

from collections import Counter, defaultdict
from typing import Any

from tests.recomputed.events import civil, kind, name, sender, written
from tests.recomputed.orders import Order, settled


class Claim:
    """One claim: its status, its sums and its orders, from its events."""

    def __init__(self, number, events, named, struck, again):
        self.number, self.events, self.named, self.again = number, events, named, again
        self.counting = [event for event in events if name(event) not in struck]
        self.filing: dict[str, Any] = next((event for event in events if kind(event) == "claim.filed"), {})
        self.retracted = bool(self.filing) and name(self.filing) in struck
        self.person = events[0].get("person")
        assessed = self._of("claim.assessed") or self._of("claim.opened")
        self.award = assessed[-1]["data"] if assessed else {}
        self.due = self.award.get("outcome") == "due" and not self.retracted
        self.overpaid = {said["data"]["payee"]: said["data"]["amount"] for said in self._of("claim.overpaid")}
        self.bank = [e for e in self.counting if kind(e) in ("claim.paid", "claim.payment-returned")]
        approvals = [
            self.known_until(event)
            for event in self.counting
            if kind(event) == "claim.reviewed"
            and event["data"]["decision"] == "approve"
            and "return-unclear" in event["data"]["reasons"]
        ]
        self.cleared = max(approvals, default=-1)
        self.orders = self._orders()
        self.strays = self._strays()
        standing = [order for order in self.orders.values() if order.stands]
        paid = bool(standing) and all(order.state == "paid" for order in standing)
        self.status = ("paid" if paid else "ordered") if self.due else self.award.get("outcome", "waiting")
        if self.retracted:
            self.status = "retracted"
        for order in standing:
            held = self.award.get("outcome") in ("waiting", "referred") and order.state == "ordered"
            order.held = self.award["outcome"] if held else "returned" if order.state == "returned" else ""

    def known_until(self, review):
        """The position up to which an officer knew the claim."""
        if not (seen := review["data"].get("last_seen")):
            return review["position"] - 1
        place = self.named[seen]["position"] if seen in self.named else 0
        return place if place < review["position"] else 0

    def counts_since(self, event):
        """The position since which an event counts without a break."""
        return max(event["position"], self.again.get(name(event), 0))

    def _of(self, sort):
        return [event for event in self.events if kind(event) == sort]

    def _orders(self):
        orders: dict[str, Order] = {}
        for event in self.events:
            said = event["data"]
            match kind(event):
                case "claim.payment-ordered":
                    replaced = [orders[part["order"]] for part in said.get("replaces", ())]
                    first = min((one.first_due_on or one.due_on for one in replaced), default="")
                    for part in said.get("replaces", ()):
                        orders[part["order"]].moves(part["amount"])
                    orders[said["order"]] = Order(event, self)
                    orders[said["order"]].first_due_on = first
                case "claim.payment-released":
                    orders[said["order"]].release = event
                case "claim.payment-cancelled":
                    orders[said["order"]].cancelled = event
        for order in orders.values():
            order.settle([e for e in self.bank if e["data"]["order"] == order.number])
        return orders

    def _strays(self):
        """What the bank paid under numbers that there were not, or not yet."""
        about = defaultdict(list)
        for event in self.bank:
            order = self.orders.get(event["data"]["order"])
            if order is None or event["position"] <= order.made_at:
                about[event["data"]["order"]].append(event)
        paid = {
            number: sum(a for a, _ in settled(0, said, self.counts_since)[0])
            for number, said in about.items()
        }
        return {number: amount for number, amount in paid.items() if amount}

    @property
    def benefits(self):
        found: Counter[str] = Counter()
        for line in self.award.get("lines", ()) if self.due else ():
            found[line["benefit"]] += line["amount"]
        return dict(found)

    def figures(self):
        standing = [order for order in self.orders.values() if order.stands]
        by_bank = sum(order.paid for order in self.orders.values()) + sum(self.strays.values())
        matched = sum(order.matched for order in standing)
        return {
            "entitled": sum(self.benefits.values()),
            "ordered": sum(order.amount for order in standing),
            "released": sum(order.amount for order in standing if order.left),
            "paid": sum(order.paid for order in standing),
            "returned": sum(order.returned for order in self.orders.values()),
            "overpaid": sum(self.overpaid.values()),
            "paid_by_bank": by_bank,
            "matched": matched,
            "unmatched": by_bank - matched,
        }

    def view(self, person):
        """What ``claim NUMBER --json`` says of the claim."""
        standing = [order for order in self.orders.values() if order.stands]
        held = {} if self.retracted else self.award
        last, filed = self.events[-1], self.filing
        causes = [
            event["data"]["cause"]
            for event in self.counting
            if kind(event) in ("claim.filed", "claim.amended")
            and "cause" in event["data"]
            and sender(event) == sender(filed)
        ]
        first = standing[0].cause(self) if standing else None
        return {
            "claim": self.number,
            "shown": int(bool(filed) and not self.retracted),
            "status": self.status,
            "programme": self.award.get("programme", ""),
            "cause": causes[-1] if causes else filed["data"]["cause"],
            "event_date": self.award.get("event_date") or filed["data"]["event_date"],
            "person": self.person,
            "partition": last["partition"],
            "position": last["position"],
            "agency": sender(filed),
            "filed_at": written(filed["time"]),
            "filed_on": civil(filed["time"]),
            "recordedtime": written(last["recordedtime"]),
            "version": self.award.get("version", 0),
            "missing": held.get("missing", []),
            "reasons": [reason["code"] for reason in held.get("reasons", ())],
            "obstacles": sorted(
                {*held.get("missing", []), *(reason["code"] for reason in held.get("reasons", ()))}
            ),
            "benefits": self.benefits,
            **self.figures(),
            "ordered_on": civil(first["time"]) if first else "",
            "paid_on": max(order.paid_on for order in standing) if self.status == "paid" else "",
            **{key: person.stated.get(key) for key in ("district", "sector", "decile", "sponsor")},
        }

    def mismatches(self):
        """What the bank reported and that fits no order, or not its order."""
        mismatches = [(order.number, *one) for order in self.orders.values() for one in order.amiss]
        mismatches += [(number, "unknown", paid, paid) for number, paid in sorted(self.strays.items())]
        return [dict(zip(("order", "kind", "paid", "amount"), one, strict=True)) for one in mismatches]
