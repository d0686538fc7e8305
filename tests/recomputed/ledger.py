"""All events of an exported ledger, by claim and by person."""

import json
from collections import defaultdict

from tests.recomputed.claims import Claim
from tests.recomputed.events import counting_again, instant, name, struck_by
from tests.recomputed.persons import Person


class Ledger:
    """The events of a file, in the order of their positions in each partition.

    ``until`` leaves out what was recorded later.
    """

    def __init__(self, lines, until=None):
        events = [json.loads(line) for line in lines if line.strip()]
        if until is not None:
            events = [event for event in events if instant(event["recordedtime"]) <= until]
        self.events = sorted(events, key=lambda event: (event["partition"], event["position"]))
        by_person = defaultdict(list)
        about = defaultdict(list)
        for event in self.events:
            by_person[event.get("person")].append(event)
            if claim := event["data"].get("claim"):
                about[claim].append(event)
        struck, again = struck_by(self.events), counting_again(self.events)
        self.named = {name(event): event for event in self.events}
        self.claims = {
            number: Claim(number, events, self.named, struck, again) for number, events in about.items()
        }
        self.persons = {}
        for token, events in by_person.items():
            of_person = [claim for claim in self.claims.values() if claim.person == token]
            self.persons[token] = Person(events, struck, of_person)
