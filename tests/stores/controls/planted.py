"""Planted cases of each control.

What is written into the book, and the claims or persons that the control must name.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from tests.stores.controls.cases import EVENT, SUM, Case, after, bank, letters, numbered, treated, unfit
from tests.stores.controls.simulated_book import SimulatedBook

Expected = defaultdict[str, dict[str, int]]
"""By control: each claim, person or agency that it must name, with the rupiah of its hits."""


def plant(book: SimulatedBook) -> Expected:
    """Write every planted case, with right lives between them; return what each control must find."""
    expected: Expected = defaultdict(dict)
    for case in numbered(book, "right", 12):
        case.right()
    _deaths(book, expected)
    _money(book, expected)
    _accounts(book, expected)
    _reports(book, expected)
    _care(book, expected)
    _children(book, expected)
    _gathered(book, expected)
    _twins(book, expected)
    _innocent(book)
    return expected


def _deaths(book: SimulatedBook, expected: Expected) -> None:
    case = Case(book, "dead-paid").enrol().file("work-accident")
    case.find("rsud-sekayu", after(12), participant_account=bank(case.number))
    order = case.order(payee="participant", programme="JKK")
    case.die(after(15)).pay(order)
    expected["paid-after-death"][case.claim] = SUM

    case = Case(book, "alive-paid").enrol().file("work-accident")
    case.find("rsud-sekayu", after(12), participant_account=bank(case.number))
    case.pay(case.order(payee="participant", programme="JKK")).die(after(25))  # on the very day

    case = Case(book, "dead-contributes").right()
    case.contribute("2025-04", "2025-06", after(30), 50_400)
    expected["contributions-for-the-dead"][case.claim] = 33_600
    taken = case.contribute("2025-07", "2025-09", after(100), 50_400)
    case.say("dinas-sosial", "event.retracted", after(101), retracts=taken.partition(":")[2], reason="keliru")
    case.contribute("2025-01", "2025-12", dt.date(2025, 1, 5), 201_600)  # while alive

    case = Case(book, "new", sent=after(-104), starts_on=after(-90)).right()
    expected["death-soon-after-enrolment"][case.claim] = SUM
    Case(book, "not-new", sent=after(-120), starts_on=after(-91)).right()
    Case(book, "begins-after-death", sent=after(-20), starts_on=after(10)).right()

    case = Case(book, "enrolled-late", sent=after(5), starts_on=after(-100)).right()
    expected["enrolled-after-the-event"][case.claim] = SUM
    Case(book, "enrolled-on-the-day", sent=EVENT, starts_on=after(-100)).right()
    case = Case(book, "enrolled-by-an-old-clock", recorded=after(8)).right()
    expected["enrolled-after-the-event"][case.claim] = SUM
    expected["backdated"][case.claim] = SUM  # the statement of the membership, named by the claim
    Case(book, "recorded-on-the-day", sent=after(-30), starts_on=after(-100), recorded=EVENT).right()


def _money(book: SimulatedBook, expected: Expected) -> None:
    case = Case(book, "no-papers").enrol().file().die().heirs()
    case.pay(case.order(missing=("document:death-certificate",)))
    expected["incomplete-evidence"][case.claim] = SUM
    case = Case(book, "no-finding").enrol().file()
    case.pay(case.order())
    expected["incomplete-evidence"][case.claim] = SUM

    case = Case(book, "too-much").enrol().file().die().heirs()
    case.pay(case.order(), SUM + 1)
    expected["paid-not-ordered"][case.claim] = 1
    case = Case(book, "too-little").enrol().file().die().heirs()
    case.pay(case.order(), SUM - 5)
    expected["paid-not-ordered"][case.claim] = 5
    expected["late"][case.claim] = SUM
    case = Case(book, "no-order").right()
    case.pay(f"{case.claim}.7", 9_000_000)
    expected["paid-not-ordered"][case.claim] = 9_000_000

    case = Case(book, "twice").right()
    case.pay(f"{case.claim}.1", on=after(26), word=" B")
    expected["paid-twice"][case.claim] = expected["paid-not-ordered"][case.claim] = SUM
    case = Case(book, "fetched-back").right()
    case.pay(f"{case.claim}.1", on=after(26), word=" B")
    case.say(
        "bank-sumsel",
        "claim.payment-returned",
        after(28),
        claim=case.claim,
        order=f"{case.claim}.1",
        returned_on=after(28),
        reason="ganda",
        payment=f"TRX {case.claim}.1 B",
    )

    case = Case(book, "late").enrol().file().die().heirs()
    case.pay(case.order(), on=after(26))
    expected["late"][case.claim] = SUM
    case = Case(book, "unpaid").enrol().file().die().heirs()
    case.order()
    expected["late"][case.claim] = SUM


def _accounts(book: SimulatedBook, expected: Expected) -> None:
    for case in numbered(book, "shared", 3):
        case.enrol().file().die().heirs("one for three families")
        case.pay(case.order())
        expected["one-account-several-families"][case.claim] = SUM

    changed = Case(book, "changed").enrol().file().die().heirs()
    order = changed.order()
    changed.heirs("another", after(22)).pay(order)
    expected["account-changed-before-payment"][changed.claim] = SUM
    case = Case(book, "changed-early").enrol().file().die().heirs()
    order = case.order()
    case.heirs("long before", after(10))  # recorded later, sent fifteen days before
    case.pay(order)
    case = Case(book, "changed-after-return").enrol().file().die().heirs()
    order = case.order()
    case.say(
        "bank-sumsel",
        "claim.payment-returned",
        after(21),
        claim=case.claim,
        order=order,
        returned_on=after(21),
        reason="tutup",
    )
    case.heirs("asked for", after(22)).pay(order)

    # the order leaves at noon of the twentieth day
    expected["account-changed-after-payment"][changed.claim] = SUM
    case = Case(book, "replaced-after").right().heirs("too late", after(60))
    expected["account-changed-after-payment"][case.claim] = SUM
    case = Case(book, "withdrawn-after").enrol().file().die()
    stated = case.heir()
    case.pay(case.order()).retract(stated, after(40))
    expected["account-changed-after-payment"][case.claim] = SUM
    case = Case(book, "stated-again").enrol().file().die()
    stated = case.heir()
    case.pay(case.order()).retract(stated, after(40)).heirs(on=after(41))
    case = Case(book, "withdrawn-before").enrol().file().die()
    stated = case.heir(after(15))
    case.retract(stated, after(16)).heirs("right from the start", after(17)).pay(case.order())
    Case(book, "same-again").right().heirs(on=after(50))


def _reports(book: SimulatedBook, expected: Expected) -> None:
    case = Case(book, "own-finding").enrol().file().die(agency="dinas-sosial").heirs()
    case.pay(case.order())
    expected["verified-by-who-filed"][case.claim] = SUM

    case = Case(book, "old").enrol().file().die().heirs()
    case.pay(case.order())
    case.find(
        "rsud-sekayu", after(181), recorded=after(181), medical={"outcome": {"state": "died", "on": EVENT}}
    )
    expected["backdated"][case.claim] = SUM
    case = Case(book, "underway").enrol().file().die().heirs()
    case.pay(case.order())
    case.find("dinkes", after(15), recorded=after(46), cause={"work_related": False})
    expected["backdated"][case.claim] = SUM
    case = Case(book, "in-time").enrol().file().die().heirs()
    case.pay(case.order())
    case.find("rsud-sekayu", after(180), medical={"outcome": {"state": "died", "on": EVENT}})
    case.find("dinkes", after(15), recorded=after(45), cause={"work_related": False})

    case = Case(book, "silent").enrol().file()
    for day in (*range(1, 41), *range(100, 141)):
        case.find("puskesmas-lais", after(day), cause={"work_related": False})
    expected["silent-agency"]["puskesmas-lais"] = 0
    for day in (
        *range(-190, -160),
        *range(-30, 0),
    ):  # before the book's first claim nobody waits for anything
        case.find("puskesmas-keluang", after(day), cause={"work_related": False})
    for day in (*range(70, 75), *range(95, 125)):  # of which nothing was recorded before the gap was over
        recorded = max(after(day), after(95))
        case.find("puskesmas-lalan", after(day), recorded=recorded, cause={"work_related": False})

    case = Case(book, "two-causes").enrol().file("work-accident").die().heirs()
    case.find("dinkes", after(15), cause={"work_related": True})
    case.find("rsud-sekayu", after(16), cause={"work_related": False})
    case.pay(case.order())
    expected["contradictory-findings"][case.claim] = SUM
    case = Case(book, "two-deaths").enrol().file().die(EVENT).die(after(1), "disdukcapil").heirs()
    case.pay(case.order())
    expected["contradictory-findings"][case.claim] = SUM
    case = Case(book, "corrected").enrol().file().die(after(1)).die(EVENT).die(EVENT, "disdukcapil").heirs()
    case.pay(case.order())

    case = Case(book, "split").right()
    case.file(claim=f"{case.claim}-B")
    case.find("disdukcapil", after(16), claim=f"{case.claim}-B", death={"died_on": EVENT})
    case.pay(case.order(claim=f"{case.claim}-B"))
    expected["split-claims"][f"{case.claim}-B"] = SUM
    expected["several-claims-for-one-event"] |= {case.claim: SUM, f"{case.claim}-B": SUM}

    case = Case(book, "filed-twice").right()
    case.file(claim=f"{case.claim}-B")  # still waits for all of its papers
    expected["several-claims-for-one-event"] |= {case.claim: SUM, f"{case.claim}-B": 0}
    case = Case(book, "another-day").right()
    case.file(claim=f"{case.claim}-B", event_date=after(1))


def _care(book: SimulatedBook, expected: Expected) -> None:
    case = Case(book, "two-places").enrol().file("work-accident")
    stay = unfit(after(1), after(10))
    case.find("rsud-sekayu", after(12), medical={"items": [treated("a", 3_123_000), stay]})
    stay = unfit(after(10), after(20))
    case.find(
        "rsud-bayung-lencir",
        after(22),
        medical={"items": [treated("b", 2_456_000, "rsud-bayung-lencir"), stay]},
    )
    expected["overlapping-care"][case.claim] = 2_456_000
    case = Case(book, "moved").enrol().file("work-accident")
    case.find("rsud-sekayu", after(12), medical={"items": [unfit(after(1), after(10))]})
    case.find("rsud-bayung-lencir", after(22), medical={"items": [unfit(after(11), after(20))]})

    for number, case in enumerate(numbered(book, "same-bill", 8)):
        case.enrol().file("work-accident")
        case.find("klinik-ulang", after(12), medical={"items": [treated("a", 2_345_000, "klinik-ulang")]})
        expected["repeated-or-round-amounts"][case.claim] = 2_345_000
        case.find(
            "klinik-ulang",
            after(13),
            medical={"items": [treated("b", 1_111_000 + number * 137_000, "klinik-ulang")]},
        )
    for number, case in enumerate(numbered(book, "round-bill", 7)):
        case.enrol().file("work-accident")
        amount = (number % 4 + 2) * 1_000_000
        case.find("klinik-bulat", after(12), medical={"items": [treated("a", amount, "klinik-bulat")]})
        expected["repeated-or-round-amounts"][case.claim] = amount
    total = 0
    for number, case in enumerate(numbered(book, "high-digit", 120)):
        case.enrol().file("work-accident")
        amount = 500_000 + number * 4_000
        case.find("klinik-angka", after(12), medical={"items": [treated("a", amount, "klinik-angka")]})
        total += amount
    expected["first-digits"]["klinik-angka"] = total


def _children(book: SimulatedBook, expected: Expected) -> None:
    def school(case: Case, child: str, account: object, year: int = 2025) -> None:
        case.say(
            "dinas-pendidikan",
            "claim.schooling-confirmed",
            after(18),
            claim=case.claim,
            child=child,
            level="SD",
            school_year=year,
            studying=True,
            payee={"name": letters(child), "account": bank(account)},
        )

    born = dt.date(2015, 2, 3)

    def child(label: str, **more: object) -> dict[str, object]:
        return {"child": label, "name": letters(label), "birth_date": born, **more}

    nik = "1606010302150007"
    case = Case(book, "one-nik").enrol().file(children=[child("c1", nik=nik), child("c2", nik=nik)]).die()
    case.pay(case.order(payee="child:c2", amount=3_000_000), 3_000_000)
    expected["one-child-two-labels"][case.claim] = 3_000_000
    case = Case(book, "one-year").enrol().file(children=[child("c1"), child("c2")]).die()
    school(case, "c1", "same")
    school(case, "c2", "same")
    case.pay(case.order(payee="child:c2", amount=1_500_000), 1_500_000)
    expected["one-child-two-labels"][case.claim] = 1_500_000
    case = Case(book, "real-twins").enrol().file(children=[child("c1"), child("c2")]).die()
    school(case, "c1", "first twin")
    school(case, "c2", "second twin")
    case.pay(case.order(payee="child:c2", amount=1_500_000), 1_500_000)


def _gathered(book: SimulatedBook, expected: Expected) -> None:
    """A village's claims all filed on one day; an officer who approves all of a district's claims on one day."""
    for case in numbered(book, "one-day", 14, district="16.06.13"):
        case.enrol().file(on=after(9)).die().heirs()
        case.pay(case.order())
        expected["gathered-filings"][case.claim] = SUM
    for number, case in enumerate(numbered(book, "reviewed", 36)):
        by, day = ("Petugas Satu", after(17)) if number < 9 else (f"Petugas {number % 3}", after(17 + number))
        case.enrol().file(on=after(2 + number)).die(agency="rsud-sekayu").heirs()
        case.say(
            "bpjs-cabang",
            "claim.reviewed",
            day,
            claim=case.claim,
            officer=by,
            decision="approve",
            reasons=["in-arrears"],
            grounds="diperiksa",
        )
        if number < 9:
            expected["gathered-reviews"][case.claim] = SUM
        case.pay(case.order())


def _innocent(book: SimulatedBook) -> None:
    """What looks like fraud and is none: fuzzy controls cannot tell."""
    for case in numbered(book, "boat-sank", 6, district="16.06.11"):
        case.enrol().file(on=after(3)).die().heirs()
        case.pay(case.order())
    for case in numbered(book, "package", 5):
        case.enrol().file("work-accident")
        case.find("klinik-paket", after(12), medical={"items": [treated("a", 1_850_000, "klinik-paket")]})
    for number in range(2):
        name, born = f"Siti Aminah {letters(number)}", dt.date(1971, 3, number + 1)
        for case in numbered(book, "namesake", 2, name=name, birth_date=born):
            case.right()


def _twins(book: SimulatedBook, expected: Expected) -> None:
    """One person under two NIKs: a digit, a letter or both are mistyped; by name and birth date, or by name and NIK."""
    for number in range(10):
        first = Case(book, "known").right()
        digits = first.nik[:-3] + str((int(first.nik[-3]) + 1) % 10) + first.nik[-2:]
        other = f"16079{first.nik[5:12]}{9000 + number}"
        born = first.born + dt.timedelta(days=number % 2 * 9)
        spelt = first.name[:3] + "q" + first.name[4:] if number % 3 else first.name[::-1]
        second = Case(book, "again", nik=digits if number % 2 else other, name=spelt, birth_date=born).right()
        expected["duplicate-person"][max(first.person, second.person)] = SUM
