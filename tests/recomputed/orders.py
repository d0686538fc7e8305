"""One order: what the bank said of it, what stands, and what came back."""

from collections import Counter

from tests.recomputed.events import kind, written


class Order:
    """One order, what became of it, and what of it came back."""

    def __init__(self, event, claim):
        said = event["data"]
        self.event, self.claim, self.number, self.payee = event, claim, said["order"], said["payee"]
        self.amount, self.moved, self.made_at = said["amount"], 0, said["made_at"]
        self.benefits: Counter[str] = Counter()
        for line in said["lines"]:
            self.benefits[line["benefit"]] += line["amount"]
        self.release = self.cancelled = None
        self.first_due_on = ""
        self.held = ""

    def moves(self, part):
        """So much came back and is ordered again: the last benefits go first."""
        self.amount, self.moved = self.amount - part, self.moved + part
        if not self.amount:
            return
        for benefit in reversed(list(self.benefits)):
            taken = min(part, max(self.benefits[benefit], 0))
            self.benefits[benefit] -= taken
            part -= taken
        self.benefits = +self.benefits + Counter({b: a for b, a in self.benefits.items() if a < 0})

    def settle(self, said):
        """Take what the bank said since the order was made."""
        about = [event for event in said if event["position"] > self.made_at]
        self.stands = self.cancelled is None and self.amount > 0
        payments, back, beyond = settled(
            self.amount + self.moved, about, self.claim.counts_since, self.claim.cleared
        )
        self.paid = sum(amount for amount, _ in payments)
        came_back = max(0, min(back - self.moved, self.amount - self.paid))
        self.open = 0 if self.cancelled else came_back
        self.returned = self.open + self.moved
        self.matched = min(self.amount, self.paid) if self.stands else 0
        self.amiss = [*self._misfits(payments), *(("not-paid", *both) for both in beyond)]
        self.left = self.release is not None or bool(about)
        self.returned_on = max((date_of(event) for event in about if returns(event)), default="")
        self.paid_on = self._covered_on(payments) if self.stands and not self.open else ""
        if self.cancelled:
            self.state = "cancelled"
        elif self.open or not self.amount:
            self.state = "returned"
        elif self.paid == self.amount:
            self.state = "paid"
        else:
            self.state = "released" if self.left else "ordered"

    def _misfits(self, payments):
        """What was paid beyond the order, and what before the day from which its days count.

        Kind, paid, what does not fit.
        """
        if self.paid > self.matched:
            yield "more" if self.stands else "cancelled", self.paid, self.paid - self.matched
        before = sum(amount for amount, date in payments if date < self.event["data"]["started_on"])
        if before:
            yield "before-order", self.paid, before

    def _covered_on(self, payments):
        """The bank's day from which on what stands of its payments is the whole order; empty while it is not."""
        sum_so_far = 0
        for amount, date in sorted(payments, key=lambda payment: payment[1]):
            sum_so_far += amount
            if sum_so_far >= self.amount:
                return date
        return ""

    def cause(self, claim):
        """The fact of the claim that made the order due, if it was one of the claim."""
        event = claim.named.get(self.event["causationid"])
        return event if event and event["data"].get("claim") == claim.number else None

    @property
    def due_on(self):
        said = self.release["data"] if self.release else {}
        return said.get("due_on", self.event["data"]["due_on"])

    def view(self):
        """What ``payments due --json`` says of the order, where orders leave without somebody's approval."""
        said = self.event["data"]
        moment = {"ordered_at": self.event, "released_at": self.release, "cancelled_at": self.cancelled}
        return {
            "order": self.number,
            "claim": said["claim"],
            "payee": self.payee,
            "amount": self.amount or self.moved,
            "moved": self.moved,
            "benefits": dict(self.benefits),
            "state": self.state,
            "stands": int(self.stands),
            "due_on": self.due_on,
            "first_due_on": self.first_due_on,
            "since": said["started_by"],
            "since_on": said["started_on"],
            "held": self.held,
            "calendar": said["calendar"],
            **{key: written(event["recordedtime"]) if event else "" for key, event in moment.items()},
            "batch": self.release["data"]["batch"] if self.release else "",
            "paid": self.paid,
            "paid_on": self.paid_on,
            "returned": self.returned,
            "returned_on": self.returned_on,
            "approved_by": "",
            "refused_by": "",
            "decided_at": "",
        }


def returns(event):
    return kind(event) == "claim.payment-returned"


def date_of(event):
    return event["data"]["returned_on" if returns(event) else "paid_on"]


def settled(amount, events, since, cleared=-1):
    """What stands of the bank's payments on an order, each with its day, what came back in all, and returns beyond what stood.

    By the bank's days, on one day in the order of arrival. A return before any payment is a refused transfer. One that
    says neither which payment nor how much came back, where several stand, is of none before an officer has approved
    it.
    """
    payments, back, beyond = [], 0, []
    for event in sorted(events, key=lambda event: (date_of(event), event["position"])):
        said = event["data"]
        if not returns(event):
            payments.append([said["amount"], said["paid_on"], said["reference"], since(event)])
            continue
        if not payments:
            stood = amount - back
            back += min(said.get("amount", stood), stood)
            if said.get("amount", 0) > stood or not stood:
                beyond.append((stood, said.get("amount", 0)))
            continue
        standing = [payment for payment in reversed(payments) if payment[0]]
        if "payment" in said:
            meant = [payment for payment in standing if payment[2] == said["payment"]]
        else:
            meant = [payment for payment in standing if payment[0] == said.get("amount")][:1] or standing
        unclear = len(meant) > 1 and "amount" not in said and "payment" not in said
        if unclear and cleared < max(since(event), *(payment[3] for payment in meant)):
            continue
        stood = sum(payment[0] for payment in meant)
        left = said.get("amount", stood)
        if left > stood or not stood:
            beyond.append((stood, said.get("amount", 0)))
        for payment in meant:
            taken = min(left, payment[0])
            payment[0], left, back = payment[0] - taken, left - taken, back + taken
    return [(amount, date) for amount, date, _, _ in payments if amount], back, beyond
