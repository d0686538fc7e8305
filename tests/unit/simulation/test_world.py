"""What the simulated agencies send is readable by the contract, save for what is meant to be wrong."""

from collections import Counter

import msgspec
import pytest

from events.catalogue import decode, type_of
from events.claim import ClaimVerified
from services.simulation import AgencyMessage, World
from services.simulation import agency_events as all_events
from services.simulation.regency import PARTNERS

PEOPLE, CLAIMS = 400, 60


def agency_events(seed: int, *, trouble: bool = True) -> list[AgencyMessage]:
    return list(all_events(seed, PEOPLE, CLAIMS, trouble=trouble))


def test_same_seed_same_bytes():
    """The same arguments give the same messages in the same order."""
    assert agency_events(1) == agency_events(1)
    assert agency_events(1) != agency_events(2)


def test_claims_do_not_change_the_people():
    """Another number of claims leaves every participant as he was."""
    assert World(1, 400, 10).people == World(1, 400, 60).people


def test_without_trouble_every_message_is_right():
    """Without trouble every message decodes, comes from its own agency, and has an id of its own."""
    seen = set()
    for message in agency_events(3, trouble=False):
        event = decode(message.body)
        assert event.source == f"/agencies/{message.agency}"
        assert (event.source, event.id) not in seen
        seen.add((event.source, event.id))


def test_agencies_send_only_what_they_may():
    """The registry's list of the simulation covers every type and every finding that it sends."""
    allowed = {partner.name: partner for partner in PARTNERS}
    for message in agency_events(4, trouble=False):
        event, partner = decode(message.body), allowed[message.agency]
        name = type_of(event).removeprefix("kelambu.").removesuffix(".v1")
        assert name in partner.types
        if isinstance(event, ClaimVerified):
            assert set(msgspec.to_builtins(event.data.findings)) <= set(partner.findings)


def test_trouble_brings_every_kind_of_fault():
    """Among enough messages some are unreadable, repeated, in conflict, and in another agency's name."""
    seen: dict[tuple[str, str], bytes] = {}
    kinds: Counter[str] = Counter()
    for message in all_events(5, 2_000, 600):
        try:
            event = decode(message.body)
        except msgspec.DecodeError:
            kinds["unreadable"] += 1
            continue
        if event.source != f"/agencies/{message.agency}":
            kinds["foreign"] += 1
            continue
        key = (event.source, event.id)
        if key in seen:
            kinds["repeated" if seen[key] == message.body else "conflict"] += 1
        seen.setdefault(key, message.body)
    assert set(kinds) == {"unreadable", "foreign", "repeated", "conflict"}


def test_two_thirds_of_the_claims_are_deaths():
    """Of 60 claims 40 are deaths and 20 accidents that were survived."""
    deaths = sum(
        "death" in act.id.rpartition(".")[2] for c in World(6, PEOPLE, CLAIMS).courses for act in c.acts
    )
    assert deaths >= 40
    assert len(World(6, PEOPLE, CLAIMS).courses) == 60


def test_every_event_lies_in_the_past():
    """Nothing is sent after the middle of 2026: a live intake refuses what comes from the future."""
    assert max(message.time for message in agency_events(7)).isoformat() < "2026-07-01"


def test_more_claims_than_people_are_refused():
    """Every person has at most one claim, so more claims than people are an error."""
    with pytest.raises(ValueError, match="at least as many participants"):
        World(1, 10, 11)
