"""The report card of an agency: its events by month, how late its facts come, its silence, and what waits for it."""

from __future__ import annotations

import datetime as dt

from projections import agencies
from projections.catalogue import PROJECTIONS
from projections.evidence import AgencyDay
from projections.runner import Runner
from projections.store import Store
from services.overview.agency_report import (
    LagDays,
    MonthCounts,
    WaitingFor,
    agency_report,
    days_until_sent,
    silence,
    waiting_for,
)
from services.review.officers import decided_by
from services.wording.groups import who_brings
from services.wording.terms import LanguageTexts
from tests.stores.projections.book import Book

ON = dt.date(2025, 6, 20)


def deaths_told_late() -> Book:
    """One agency finds a death on the day itself, nine days later, and, a month on, a hundred days later."""
    book = Book(2)
    for person, days in (("~0a", 0), ("~1b", 9), ("~0c", 100)):
        book.enrol(person)
        book.file(person, f"K-{days}")
        if days == 100:
            book.seconds += 31 * 86_400
        today = dt.date(2025, 5, 2) + dt.timedelta(seconds=book.seconds)
        book.find_death(person, f"K-{days}", today - dt.timedelta(days=days))
    return book


async def test_events_stand_by_type_and_month(store: Store):
    """And every month adds up to all that was admitted."""
    await Runner(store, deaths_told_late(), PROJECTIONS).catch_up()
    with store.view() as view:
        found = agency_report(view, "bpjs-tk-muba", ON)
        nobody = agency_report(view, "nobody", ON)
        sorts = {sort.agency for sort in agencies.admitted(view)}
    assert found.types == (
        MonthCounts("claim.filed", 3, {"2025-05": 3}),
        MonthCounts("claim.verified", 3, {"2025-05": 2, "2025-06": 1}),
    )
    assert (found.admitted, found.corrections) == (6, 0)
    assert (nobody.admitted, nobody.types, nobody.lags, nobody.silence) == (0, (), (), None)
    assert sorts == {"bpjs-tk-muba", "dinsos-muba"}


async def test_lags_are_days_from_what_happened_to_its_sending(store: Store):
    """Median, the days that nine of ten do not pass, and the longest; by kind of fact and of all."""
    await Runner(store, deaths_told_late(), PROJECTIONS).catch_up()
    with store.view() as view:
        lags = {lag.kind: lag for lag in agency_report(view, "bpjs-tk-muba", ON).lags}
    assert (lags["death"].facts, lags["death"].sent) == (3, LagDays(9, 100, 100))
    assert lags["death"].recorded == LagDays(0, 0, 0)
    assert lags[""].facts == lags["death"].facts + lags["filed"].facts == 6


async def test_agencies_are_held_against_each_other_by_what_they_say_of_claims(store: Store):
    """Of each that stated a fact about a claim; enrolments, which are told ahead, do not hide who is late."""
    await Runner(store, deaths_told_late(), PROJECTIONS).catch_up()
    with store.view() as view:
        assert days_until_sent(view) == {
            "bpjs-tk-muba": agency_report(view, "bpjs-tk-muba", ON).lags[-1].sent
        }


async def test_corrections_are_amendments_and_retractions(store: Store):
    """Both are counted, whatever they mend."""
    book = Book(1)
    book.enrol("~0a")
    book.file("~0a", "K")
    ref = book.find_death("~0a", "K", ON)
    book.amend("~0a", "K", "other")
    book.retract("~0a", ref)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        assert agency_report(view, "bpjs-tk-muba", ON).corrections == 2


def test_silence_is_held_against_the_agency_itself():
    """Its usual distance between days with facts, its longest, and whether it is now silent for longer than ever."""
    days = [AgencyDay("a", f"2025-05-{day:02}", 1) for day in (1, 2, 3, 10, 11)]
    quiet = silence(days, dt.date(2025, 5, 18))
    assert quiet is not None
    assert (quiet.since, quiet.days, quiet.usual) == ("2025-05-11", 7, 7)
    assert (quiet.longest, quiet.longest_from, quiet.longest_to) == (7, "2025-05-03", "2025-05-10")
    assert not quiet.unusual
    longer = silence(days, dt.date(2025, 5, 19))
    assert longer is not None
    assert longer.unusual
    earlier = silence(days, dt.date(2025, 5, 3))
    assert earlier is not None
    assert (earlier.since, earlier.days, earlier.longest) == ("2025-05-03", 0, 1)
    assert silence(days, dt.date(2025, 4, 30)) is None


async def test_what_waits_for_an_agency_follows_from_what_it_may_send(store: Store):
    """Missing findings that it may state, decisions, and the bank's reports; nothing of what others may send."""
    book = Book(1)
    for person, claim in (("~0a", "A"), ("~0b", "B"), ("~0c", "C"), ("~0d", "D")):
        book.enrol(person)
        book.file(person, claim)
    book.assess("~0a", "A", "waiting", missing=("finding:death", "document:kk"))
    book.assess("~0b", "B", "waiting", missing=("finding:death", "finding:heirs"))
    book.assess("~0c", "C", "referred", reasons=("account-changed",))
    book.assess("~0d", "D", "due", {("jkm.death", "heir:h1"): 700})
    book.order("~0d", "D.1", 700)
    book.release("~0d", "D.1")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        assert waiting_for(view, ["claim.verified"], ["death"]) == [WaitingFor("finding:death", 2)]
        assert waiting_for(view, ["claim.verified"], ["death", "heirs"]) == [
            WaitingFor("finding:death", 2),
            WaitingFor("finding:heirs", 1),
        ]
        assert waiting_for(view, ["claim.reviewed"], []) == [WaitingFor("review", 1)]
        assert waiting_for(view, ["claim.paid"], []) == [WaitingFor("payment", 1, 700)]
        assert waiting_for(view, ["claim.filed"], ["death"]) == []
        papers = ["claim.documents-received"]
        assert waiting_for(view, papers, [], "bpjs-tk-muba") == [WaitingFor("document:kk", 1)]
        assert waiting_for(view, papers, [], "rsud") == []


def test_who_is_waited_for_is_said_of_what_an_agency_may_send():
    """Papers are the family's, whoever sends them; a finding that several may state waits for one of them."""
    words, others = LanguageTexts("en"), {"medical": ("rsud-sekayu", "dinkes"), "death": ()}

    def said(what: str) -> str:
        return who_brings(what, "rsud-b", others, words)

    assert said("document:kk") == f"the family, through {words.agency('rsud-b')}"
    assert said("finding:death") == words.agency("rsud-b")
    named = ", ".join(words.agency(one) for one in ("dinkes", "rsud-b", "rsud-sekayu"))
    assert said("finding:medical") == f"one of: {named}"
    assert (said("review"), said("payment")) == ("an officer", "the bank")


async def test_decisions_of_officers_are_counted_by_the_agency_whose_events_tell_them(store: Store):
    """However many accounts the trail names: nobody looks as if no claim had been reviewed."""
    book = Book(1)
    book.enrol("~0a")
    book.file("~0a", "A")
    book.review("~0a", "A", "account-changed")
    book.review("~0a", "A", "account-changed")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        (one,) = decided_by(view)
    assert (one.agency, one.decisions) == ("dinsos-muba", 2)
