"""Lives that other systems paid wrongly, in a running installation.

Right down to the bank's file, and told alike everywhere. What one agency says is decided, and on its way to the bank,
before another one speaks. Each life has persons, numbers and ids of its own, so that one installation decides all of
them.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Any, NamedTuple

import msgspec
import pytest
import pytest_asyncio

import services.cli
from services.gateway.claims import Claims
from services.gateway.problems import Problem
from services.ledger.edge import DocumentReceipt
from services.ledger.registry import FINDINGS, TYPES, Agency
from tests.cases import (
    CHILD_ADDED,
    PAID_BEFORE_APPROVED,
    PAID_WITH_ZERO_FRACTION,
    RETURNED_UNPAID,
    WRONG_NUMBERS,
    account_that_is_none,
    documents,
)
from tests.system.running import SERVICES, RunningInstallation, running_installation

pytestmark = pytest.mark.asyncio(loop_scope="module")

FULL = 42_000_000
OLD, NEW, OWN = "0012345678", "0099988877", "0055512345"

Row = tuple[str, str, int, str]
"""An order in the bank's file: its number without its claim, payee, rupiah and the number of the account."""


class Right(NamedTuple):
    """What is right for a claim; ``orders`` that stand, ``left`` what the bank's files hold, ``by_bank`` all it paid."""

    status: str
    orders: tuple[tuple[str, str, int], ...] = ()
    left: tuple[Row, ...] = ()
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    by_bank: int = 0
    overpaid: int = 0
    mismatches: tuple[tuple[str, str, int, int], ...] = ()
    """Order, kind, what stood, and what does not fit."""


SPOUSE = (("1", "heir:istri", FULL),)
SPOUSE_LEFT = (("1", "heir:istri", FULL, OLD),)
PAID = Right("paid", SPOUSE, SPOUSE_LEFT, by_bank=FULL)
CHANGED = Right("referred", SPOUSE, SPOUSE_LEFT, ("account-changed",))
NO_HEIRS = Right("waiting", missing=("finding:heirs",))
YEAR = ("child:a", 2_000_000)

Case = tuple[list[bytes], dict[str, Right]]

CASES: dict[str, Case] = {
    "heir renamed after the payment": (documents("heir-renamed-after-payment"), {"B-1": PAID}),
    "heir renamed, another account": (documents("heir-renamed-other-account"), {"B-1": CHANGED}),
    "same heir, another account": (documents("heir-same-label-other-account"), {"B-1": CHANGED}),
    "one of two payments returned": (
        documents("one-of-two-payments-returned"),
        {"B-1": Right("referred", SPOUSE, SPOUSE_LEFT, ("return-unclear",), by_bank=FULL)},
    ),
    "return told before its payment": (
        documents("return-told-before-its-payment"),
        {"B-1": Right("ordered", SPOUSE, SPOUSE_LEFT)},
    ),
    "transfer refused": (
        documents("transfer-refused"),
        {
            "B-1": Right(
                "ordered", (("2", "heir:istri", FULL),), (*SPOUSE_LEFT, ("2", "heir:istri", FULL, NEW))
            )
        },
    ),
    "the deceased is an heir": (
        documents("deceased-is-heir"),
        {"B-1": Right("referred", reasons=("payee-is-deceased",))},
    ),
    "heir named twice": (documents("heir-named-twice"), {"B-1": NO_HEIRS}),
    "slip in a birth date": (
        documents("child-birth-date-slip"),
        {
            "B-1": Right("referred", SPOUSE, SPOUSE_LEFT, ("child-unclear",)),
            "K-1": Right(
                "ordered",
                (("1", "participant", 68_000_000), ("2", "child:a", 1_500_000)),
                (("1", "participant", 68_000_000, OWN), ("2", "child:a", 1_500_000, OLD)),
            ),
        },
    ),
    "forgotten child": (documents("child-forgotten"), {"B-1": PAID}),
    "forgotten child, amended": (
        [*documents("child-forgotten"), CHILD_ADDED],
        {"B-1": Right("ordered", (*SPOUSE, ("2", *YEAR)), (*SPOUSE_LEFT, ("2", *YEAR, OLD)), by_bank=FULL)},
    ),
    "forgotten child, filed again": (
        documents("child-forgotten-filed-again"),
        {
            "B-1": Right("retracted", SPOUSE, SPOUSE_LEFT, by_bank=FULL, overpaid=FULL),
            "B-2": Right("referred", reasons=("paid-before",)),
        },
    ),
    "forgotten child, filed again and approved": (
        [*documents("child-forgotten-filed-again"), PAID_BEFORE_APPROVED],
        {"B-2": Right("ordered", (("1", *YEAR),), (("1", *YEAR, OLD),))},
    ),
    "death taken back after the payment": (
        documents("death-taken-back-after-payment"),
        {
            "B-1": Right(
                "waiting", SPOUSE, SPOUSE_LEFT, missing=("finding:death",), by_bank=FULL, overpaid=FULL
            )
        },
    ),
    "paid on a slip of the year": (
        documents("paid-ten-years-early"),
        {"B-1": PAID._replace(mismatches=(("1", "before-order", FULL, FULL),))},
    ),
    "paid with a zero fraction": (
        [*documents("heir-renamed-after-payment")[:5], PAID_WITH_ZERO_FRACTION],
        {"B-1": PAID},
    ),
    "returned and never paid": (
        [*documents("heir-renamed-after-payment")[:5], PAID_WITH_ZERO_FRACTION, RETURNED_UNPAID],
        {"B-1": PAID._replace(mismatches=(("1", "not-paid", 0, 5),))},
    ),
    **{f"account {number!r}": (account_that_is_none(number), {"B-1": NO_HEIRS}) for number in WRONG_NUMBERS},
}
REFUSED = {"heir named twice", *(f"account {number!r}" for number in WRONG_NUMBERS)}
"""Cases of which the last document is refused as ``invalid``."""
NUMBERS = {case: f"{n:02d}" for n, case in enumerate(CASES, 1)}


def own(case: str, document: bytes) -> bytes:
    """Give a document the persons, claims and ids of its case."""
    n = NUMBERS[case].encode()
    text = re.sub(rb'"([BK])-(\d)', rb'"\g<1>%s-\2' % n, document)
    text = re.sub(rb'"(id|retracts)": "', rb'"\1": "%s-' % n, text)
    return re.sub(rb'"(\d{14})(\d\d)"', rb'"\g<1>%s"' % n, text)


def named(case: str, claim: str) -> str:
    return claim[0] + NUMBERS[case] + claim[1:]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningInstallation]:
    """An installation that has decided every case."""
    async with running_installation(tmp_path_factory.mktemp("cases") / "data") as installation:
        sent = {case: turns([own(case, one) for one in messages]) for case, (messages, _) in CASES.items()}
        for name in {agency for messages in sent.values() for agency, _ in messages}:
            await installation.installation.registry.add(Agency(name=name, types=TYPES, findings=FINDINGS))
        installation.start(*SERVICES)
        for turn in zip_longest(*sent.values()):
            for agency, several in filter(None, turn):
                await installation.edge.submit(agency, several)
            await installation.settled()
        yield installation
        installation.look_after()


def turns(documents: list[bytes]) -> list[tuple[str, list[bytes]]]:
    """Bring together what one agency sends before another does: its outbox keeps the order."""
    return [(agency, list(several)) for agency, several in groupby(documents, agency_of)]


def agency_of(document: bytes) -> str:
    return str(json.loads(document)["source"]).removeprefix("/agencies/")


async def answer_of(installation: RunningInstallation, *arguments: str) -> dict[str, Any]:
    """Run a command in this process and return its JSON; a process for each of so many would take minutes."""
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(output):
        for name, value in installation.installation.settings.environment().items():
            patch.setenv(name, value)
        code = await asyncio.to_thread(services.cli.main, [*arguments, "--json"])
    assert code == 0, arguments
    return dict(json.loads(output.getvalue()))


async def test_every_document_but_those_that_say_what_cannot_be_is_taken(installation: RunningInstallation):
    """What is refused is refused with the path of the field that is wrong."""
    receipts: list[DocumentReceipt] = []
    for agency in await installation.installation.registry.agencies():
        receipts += await installation.all_receipts(agency.name)
    refused = [receipt for receipt in receipts if receipt.status == "refused"]
    assert len(refused) == len(REFUSED)
    paths = [sorted({fault.path for fault in receipt.faults}) for receipt in refused]
    twice = [f"$.data.findings.heirs[{n}].nik" for n in (0, 1)]
    number = ["$.data.findings.heirs[0].account.number"]
    assert sorted(paths) == sorted([twice, *(number for _ in WRONG_NUMBERS)])
    assert {receipt.code for receipt in refused} == {"invalid"}


async def test_the_files_of_the_bank_hold_what_is_right_and_nothing_else(installation: RunningInstallation):
    """Every order that left, to its account, once."""
    rows = []
    for path in (installation.data / "batches").glob("*.csv"):
        _, *orders, _ = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        rows += [(order, payee, int(amount), to) for order, _, payee, _, _, to, amount, _ in orders]
    right = [
        (f"{named(case, claim)}.{order}", payee, amount, to)
        for case, (_, claims) in CASES.items()
        for claim, one in claims.items()
        for order, payee, amount, to in one.left
    ]
    first = named("forgotten child, filed again and approved", "B-1")
    right += [(f"{first}.{order}", payee, amount, to) for order, payee, amount, to in SPOUSE_LEFT]
    assert sorted(rows) == sorted(right)


@pytest.mark.parametrize("case", CASES)
async def test_a_case_has_its_right_value_in_every_output(case: str, installation: RunningInstallation):
    """Status, reasons, what is missing, the sums, and what does not fit, as ``claim``, ``explain`` and HTTP tell them."""
    for claim, right in CASES[case][1].items():
        number = named(case, claim)
        here = [(f"{number}.{order}", *money) for order, *money in right.orders]
        amiss = [(f"{number}.{order}", *rest) for order, *rest in right.mismatches]
        sums = (sum(amount for _, _, amount in right.orders), right.by_bank, right.overpaid)
        answer = await answer_of(installation, "claim", number)
        found = answer["claim"]
        assert assessment_in(found) == assessment_of(right)
        assert (found["ordered"], found["paid_by_bank"], found["overpaid"]) == sums
        assert as_told(answer["mismatches"]) == amiss
        assert (") selesai:" in answer["sentence"]) == (right.status == "paid" and not amiss)
        seen = await over_http(installation, number)
        assert (seen["status"], seen.get("ordered", 0), seen.get("overpaid", 0)) == (
            right.status,
            sums[0],
            sums[2],
        )
        assert as_told(seen.get("mismatches", [])) == amiss
        why = await answer_of(installation, "explain", number)
        if right.status == "retracted":
            assert why["lines"] == [answer["sentence"]]
            continue
        why = why["explanation"]
        assert assessment_in(why) == assessment_of(right)
        money = why["money"]
        assert (money["ordered"], money["paid_by_bank"], money["overpaid"]) == sums
        stand = [one for one in why["payments"] if one["state"] not in ("cancelled", "replaced")]
        assert [(one["order"], one["payee"], one["amount"]) for one in stand] == here
        assert as_told(why["mismatches"]) == amiss


def assessment_in(answer: Mapping[str, Any]) -> tuple[str, list[str], list[str]]:
    return answer["status"], answer["reasons"], answer["missing"]


def assessment_of(right: Right) -> tuple[str, list[str], list[str]]:
    return right.status, list(right.reasons), list(right.missing)


def as_told(mismatches: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, int, int]]:
    return [(one["order"], one["kind"], one["paid"], one["amount"]) for one in mismatches]


async def over_http(installation: RunningInstallation, number: str) -> dict[str, Any]:
    """Return what the agency that filed a claim is answered."""
    claims = Claims(installation.installation)
    try:
        for agency in ("dinsos-contoh", "rsud-contoh"):
            with contextlib.suppress(Problem):
                return dict(msgspec.to_builtins(await claims.claim(agency, number)))
        raise AssertionError(number)
    finally:
        claims.close()


async def test_what_moved_and_what_came_back_is_told_of_each_order_over_http(
    installation: RunningInstallation,
):
    """The refused order moved to another number; of the one that came back nobody has said where to."""
    orders = (await over_http(installation, named("transfer refused", "B-1")))["orders"]
    assert [(one["state"], one["amount"], one["moved"], one["returned"]) for one in orders] == [
        ("returned", FULL, FULL, FULL),
        ("released", FULL, 0, 0),
    ]
    (order,) = (await over_http(installation, named("return told before its payment", "B-1")))["orders"]
    assert (order["moved"], order["returned"], order["held"]) == (0, FULL, "returned")
