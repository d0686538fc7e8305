"""A participant: as last stated, a member in which months, paid for which."""

from tests.recomputed.events import kind, month, name


class Person:
    """A participant as last stated, the months of membership, and the months paid. Months are counted from year 0."""

    def __init__(self, events, struck, claims):
        effective = [event for event in events if name(event) not in struck]
        enrolled = [event for event in effective if kind(event) == "participant.enrolled"]
        self.known = bool(enrolled)
        self.paid: set[int] = set()
        self.periods: list[list[str]] = []
        periods = self.periods
        self.stated: dict[str, object] = {}
        for event in (*enrolled[:1], *(event for event in effective if event not in enrolled[:1])):
            said = event["data"]
            match kind(event):
                case "participant.enrolled":
                    if periods and not periods[-1][1]:
                        periods[-1][0] = min(periods[-1][0], said["starts_on"])
                    else:
                        periods.append([said["starts_on"], ""])
                    self.stated = {
                        "district": said["district"],
                        "sector": said["sector"],
                        "decile": said.get("welfare", {}).get("decile", 0),
                        "sponsor": said["sponsor"]["kind"],
                    }
                case "participant.ended" if periods:
                    periods[-1][1] = said["ended_on"]
                case "participant.contributions-paid":
                    self.paid.update(range(month(said["first_month"]), month(said["last_month"]) + 1))
        died = [found for claim in claims if not claim.retracted and (found := death_in(claim))]
        self.died_on = min(died, default="")
        if not self.known:
            self.died_on = ""
        end = month(self.died_on) if self.died_on else month("2200-12")
        self.member: set[int] = set()
        for first, last in periods:
            if not self.died_on or first <= self.died_on:
                self.member.update(range(month(first), min(month(last) if last else end, end) + 1))
        self.after_death = {one for one in self.paid if self.died_on and one > end}


def death_in(claim):
    """The day of death as last found in a claim."""
    found = [
        event["data"]["findings"]["death"]["died_on"]
        for event in claim.counting
        if kind(event) == "claim.verified" and "death" in event["data"]["findings"]
    ]
    return found[-1] if found else ""
