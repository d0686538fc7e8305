"""What follows from the law alone: by when an order is to be paid, and what is due for a death."""

import datetime as dt

from tests.recomputed.events import civil, kind, month

PAY_DAYS = {"JKM": 3, "JKK": 7}
HOLIDAYS = {
    2025: "0101 0127 0129 0329 0331 0401 0418 0420 0501 0512 0529 0601 0606 0627 0817 0905 1225",
    2026: "0101 0116 0217 0319 0321 0322 0403 0405 0501 0514 0527 0531 0601 0616 0817 0825 1225",
}
"""National holidays, month and day, by the joint decisions of three ministers; collective leave is worked."""


def faults(ledger):
    """What is not as the law counts it: days of orders, and sums on a death."""
    return [*_dates(ledger), *_lump_sums(ledger)]


def _dates(ledger):
    """Orders whose days are not counted from the act that is named, from before a fact they rest on, or not as the law does."""
    wrong = []
    for found in ledger.claims.values():
        for order in found.orders.values():
            said = order.event["data"]
            before = [e for e in found.events if e["position"] < order.event["position"]]
            award = [e["data"] for e in before if kind(e) == "claim.assessed"][-1]
            lines = [line for line in award.get("lines", ()) if line["payee"] == order.payee]
            rests_on = [civil(ledger.named[ref]["time"]) for line in lines for ref in line["inputs"]]
            started = civil(ledger.named[said["started_by"]]["time"])
            expected = working_days_after(said["started_on"], PAY_DAYS[award["programme"]])
            if started != said["started_on"]:
                wrong.append(
                    f"{order.number}: {said['started_by']} is of {started}, not of {said['started_on']}"
                )
            if max(rests_on) > started:
                wrong.append(f"{order.number}: counted from {started}, before a fact of {max(rests_on)}")
            if said["due_on"] != expected:
                wrong.append(f"{order.number}: due on {said['due_on']}, counted {expected}")
            if order.due_on != said["due_on"] and order.due_on < said["due_on"]:
                wrong.append(f"{order.number}: released for {order.due_on}, before {said['due_on']}")
    return wrong


def _lump_sums(ledger):
    """Claims that are due for a death from no work.

    42 million, or the funeral alone without heirs or in the first three months.
    """
    wrong = []
    for found in ledger.claims.values():
        day = found.award.get("event_date", "")
        if not found.due or found.award["programme"] != "JKM" or day < "2019-12-02":
            continue
        heirs = [
            event["data"]["findings"]["heirs"]
            for event in found.counting
            if kind(event) == "claim.verified" and "heirs" in event["data"]["findings"]
        ]
        new = day >= "2025-02-24" and _is_new(ledger.persons[found.person], day)
        expected = 10_000_000 if new or not heirs[-1] else 42_000_000
        total = sum(amount for benefit, amount in found.benefits.items() if benefit.startswith("jkm."))
        if total != expected:
            wrong.append(f"{found.number}: entitled to {total} for a death, counted {expected}")
    return wrong


def _is_new(person, day):
    """Whether neither three months of membership nor three paid ones lie before a day.

    After a long gap both begin anew.
    """
    start = max(first for first, _ in person.periods if first <= day)
    paid = unpaid = 0
    for number in range(month(start), month(day) + 1):
        if number not in person.paid:
            unpaid += 1
            continue
        if unpaid > 3:
            start, paid = f"{number // 12:04}-{number % 12 + 1:02}-01", 0
        paid, unpaid = paid + 1, 0
    later = month(start) + 3
    return paid < 3 and day < f"{later // 12:04}-{later % 12 + 1:02}{start[7:]}"


def working_days_after(text, count):
    day = dt.date.fromisoformat(text)
    while count:
        day += dt.timedelta(days=1)
        holiday = f"{day:%m%d}" in HOLIDAYS.get(day.year, "").split()
        count -= day.weekday() < 5 and not holiday
    return day.isoformat()
