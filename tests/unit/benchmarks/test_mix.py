"""What the benchmarks send, and how they judge what they measured."""

from __future__ import annotations

from collections import Counter

import msgspec

from benchmarks import latency, mix
from benchmarks.clock import Syncs, part_of
from benchmarks.report import Figure, pairs
from events.document import read
from services.simulation import AgencyMessage
from services.simulation.regency import PARTNERS


def test_shares_are_even_and_each_agency_speaks_for_itself():
    """Every agency reports for about as many people, all about one person comes from one, in its own name."""
    before = mix.messages(2_000, 20)
    about_people = [
        (one, then) for one, then in zip(before, mix.even(before), strict=True) if one.about.isdigit()
    ]
    senders = {then.about: then.agency for _, then in about_people}

    assert all(senders[then.about] == then.agency for _, then in about_people)
    assert {partner.name for partner in PARTNERS} == set(senders.values())
    assert max(Counter(senders.values()).values()) < 2 * len(senders) / len(PARTNERS)
    assert all(named(then) for one, then in about_people if named(one))


def named(message: AgencyMessage) -> bool:
    """Tell whether a message names its own agency; agencies err in this too."""
    return f'"/agencies/{message.agency}"'.encode() in message.body


def test_every_tenth_event_at_the_pace_is_a_filing_and_claims_keep_their_order():
    """A filing comes evenly all along, and what is said of one claim comes as its agencies said it."""
    before, sent = mix.paced()
    filings = [n for n, one in enumerate(sent) if b'"kelambu.claim.filed.' in one.body]
    claims = [one for one in sent if b'"kelambu.claim.' in one.body]

    assert len(sent) == mix.PACED
    assert 0.09 < len(filings) / len(sent) < 0.12
    assert [one.time for one in claims] == sorted(one.time for one in claims)
    assert not any(b'"kelambu.claim.' in one.body for one in before)


def test_a_long_life_is_made_of_documents_without_a_fault():
    """Every contribution of a life can be read and has an id of its own."""
    enrolment = mix.enrolments(1)[0]
    life = [read(one.body).event for one in mix.life(enrolment, 1, 100)]

    assert len({event.id for event in life}) == 100


def test_what_is_allowed_follows_from_the_disk():
    """The goal of a latency is what the durable steps take on this disk, and so many milliseconds of work."""
    p50, p99 = latency.figures([10.0] * 99 + [300.0], Syncs(2.0, 10.0), 0.1, latency.PACE)

    assert (p50.value, p50.goal, p50.met) == (10.0, 4 * 2.0 + 8, True)
    assert (p99.value, p99.goal, p99.met) == (300.0, 4 * 10.0 + 30, False)
    assert "p50 2.0, p99 10.0 ms" in p50.note
    assert "p50 2.0, p99 10.0 ms" in p99.note
    assert part_of([3.0, 1.0, 2.0], 1.0) == 3.0


def test_runs_are_compared_figure_by_figure():
    """A figure is held against the one of its name and unit; what only one run has is left out."""
    kept = [Figure("a", 2.0, "ms"), Figure("b", 1.0, "events/s"), Figure("gone", 1.0, "ms")]
    now = [Figure("new", 1.0, "ms"), Figure("b", 1.0, "ms"), Figure("a", 3.0, "ms")]

    assert [(before.value, after.value) for before, after in pairs(kept, now)] == [(2.0, 3.0)]
    assert msgspec.json.decode(msgspec.json.encode(now), type=list[Figure]) == now
