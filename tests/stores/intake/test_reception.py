"""What comes over HTTP is kept durably in one step, answered by its id, and admitted like everything else."""

from __future__ import annotations

import re
from typing import cast

import pytest
from redis.asyncio import Redis

from events.catalogue import AGENCY_TYPES
from events.origin import Origin
from services.intake.admission import admit
from services.intake.examination import consider
from services.intake.http_reception import ReceivedDocument, Reply, look_up, opened, receive
from services.ledger import keys as names
from services.ledger.edge import Submission
from services.ledger.registry import Agency
from services.ledger.reservations import taken
from services.sealing.part_digests import _layout
from tests.stores.intake.documents import (
    BUDI,
    DINSOS,
    RSUD,
    SITI,
    IntakeInstallation,
    died,
    document,
    filed,
    paid,
    papers,
    retracted,
)


async def received(installation: IntakeInstallation, agency: Agency, *documents: bytes) -> list[Reply]:
    """Receive documents of one request."""
    return await receive(installation.context, agency, [ReceivedDocument(one) for one in documents])


async def taken_up(installation: IntakeInstallation, agency: str) -> int:
    """Admit what was taken over HTTP; returns how much it was."""
    return await admit(installation.context, agency, await not_admitted(installation, agency))


async def not_admitted(installation: IntakeInstallation, agency: str) -> list[Submission]:
    """What was taken over HTTP and is not admitted yet."""
    found = await installation.context.edge._client.xrange(names.taken(agency))
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", found)
    return await opened(installation.context, agency, [taken(*entry) for entry in entries])


async def test_a_document_is_received_then_accepted(installation: IntakeInstallation) -> None:
    """Its receipt says so each time, and keeps its name and the time at which the document came."""
    (reply,) = await received(installation, DINSOS, paid("dinsos", "p-1"))
    assert (reply.receipt.status, reply.receipt.id, reply.repeated) == ("received", "p-1", False)
    assert await installation.order() == []
    assert await taken_up(installation, "dinsos") == 1
    assert await installation.order() == ["p-1"]
    now = await look_up(installation.context, "dinsos", reply.receipt.receipt)
    assert now is not None
    assert (now.status, now.receipt, now.admittedtime) == (
        "accepted",
        reply.receipt.receipt,
        reply.receipt.admittedtime,
    )
    by_id = await look_up(installation.context, "dinsos", "p-1")
    assert by_id is not None
    assert (by_id.receipt, by_id.id, by_id.source) == (now.receipt, "p-1", "/agencies/dinsos")
    assert await taken_up(installation, "dinsos") == 0


async def test_a_repeat_is_kept_once_and_answered_with_the_same_receipt(
    installation: IntakeInstallation,
) -> None:
    """Before admission, after it, within one request, and when the first came over the outbox."""
    first, again = await received(installation, DINSOS, paid("dinsos", "p-1"), paid("dinsos", "p-1"))
    (third,) = await received(installation, DINSOS, paid("dinsos", "p-1"))
    assert [one.repeated for one in (first, again, third)] == [False, True, True]
    assert first.receipt == again.receipt == third.receipt
    assert await taken_up(installation, "dinsos") == 1
    (late,) = await received(installation, DINSOS, paid("dinsos", "p-1"))
    assert (late.repeated, late.receipt.status) == (True, "accepted")
    assert await taken_up(installation, "dinsos") == 0
    await installation.send("dinsos", paid("dinsos", "p-2"))
    (other_way,) = await received(installation, DINSOS, paid("dinsos", "p-2"))
    assert (other_way.repeated, other_way.receipt.status) == (True, "accepted")
    assert await installation.order() == ["p-1", "p-2"]


async def test_what_intake_has_begun_with_is_kept_again_unless_it_stands_here(
    installation: IntakeInstallation,
) -> None:
    """An agency can empty its own outbox behind intake's back; what was received over HTTP is admitted all the same."""
    context = installation.context
    await context.edge.submit("dinsos", [paid("dinsos", "p-1")])
    await context.edge._client.delete(names.outbox("dinsos"))
    candidate = consider(context, DINSOS, paid("dinsos", "p-1"), "", context.clock())
    assert candidate.wanted is not None
    await context.reservations.reserve("dinsos", [candidate.wanted], context.clock())
    (first,) = await received(installation, DINSOS, paid("dinsos", "p-1"))
    await received(installation, DINSOS, paid("dinsos", "p-1"))
    assert first.receipt.status == "received"
    assert await taken_up(installation, "dinsos") == 1
    assert await installation.order() == ["p-1"]


async def test_a_retraction_does_not_overtake_what_was_only_taken(installation: IntakeInstallation) -> None:
    """It waits until what it retracts is admitted, and stands behind it."""
    await installation.context.edge.submit("dinsos", [retracted("dinsos", "r-1", "p-1")])
    await received(installation, DINSOS, paid("dinsos", "p-1"))
    await installation.work("dinsos")
    assert await installation.order() == []
    await taken_up(installation, "dinsos")
    assert await installation.order() == ["p-1", "r-1"]


async def test_another_content_is_refused_and_told_what_differs(installation: IntakeInstallation) -> None:
    """By the names of the parts, before admission and after it; the values are in nobody's answer."""
    await received(installation, DINSOS, paid("dinsos", "p-1"))
    changed = document(
        "dinsos",
        "p-1",
        "participant.contributions-paid",
        {
            "nik": "1606010202850002",
            "first_month": "2026-01",
            "last_month": "2026-02",
            "paid_on": "2026-01-05",
            "payer": {"kind": "donor", "name": "Haji Umar"},
        },
    )
    other = filed("dinsos", "p-1")
    later = paid("dinsos", "p-1", time="2026-03-02T09:00:01+07:00")
    for _ in range(2):
        replies = await received(installation, DINSOS, changed, other, later)
        assert [one.receipt.code for one in replies] == ["id-conflict"] * 3
        assert [one.differs for one in replies] == [("nik", "last_month"), ("type",), ("time",)]
        await taken_up(installation, "dinsos")
    assert await installation.order() == ["p-1"]


async def test_of_what_came_over_the_outbox_it_is_only_told_that_something_differs(
    installation: IntakeInstallation,
) -> None:
    """The parts of such a content are not kept; another one of its id is refused all the same."""
    await installation.send("dinsos", paid("dinsos", "p-1"))
    (reply,) = await received(installation, DINSOS, paid("dinsos", "p-1", BUDI))
    assert (reply.receipt.code, reply.differs) == ("id-conflict", ())
    assert await installation.order() == ["p-1"]


async def test_what_may_not_be_admitted_is_answered_with_all_its_faults(
    installation: IntakeInstallation,
) -> None:
    """It is kept in quarantine, takes no id, and the receipt can be asked for."""
    replies = await received(installation, RSUD, b"{", paid("rsud-sekayu", "x"), paid("dinsos", "y"))
    assert [one.receipt.code for one in replies] == ["invalid", "not-allowed", "wrong-source"]
    assert all(one.receipt.faults and one.receipt.quarantine for one in replies)
    assert await taken_up(installation, "rsud-sekayu") == 0
    kept = await look_up(installation.context, "rsud-sekayu", replies[0].receipt.receipt)
    assert kept is not None
    assert (kept.status, kept.code) == ("refused", "invalid")
    assert await look_up(installation.context, "rsud-sekayu", "nothing") is None
    assert await look_up(installation.context, "dinsos", replies[0].receipt.receipt) is None


async def test_waiting_and_late_refusals_show_in_the_receipt(installation: IntakeInstallation) -> None:
    """The claim is filed later; a second filing of its number is refused by intake."""
    await received(installation, DINSOS, papers("dinsos", "d-1"))
    await taken_up(installation, "dinsos")
    waiting = await look_up(installation.context, "dinsos", "d-1")
    assert waiting is not None
    assert (waiting.status, waiting.waits_for) == ("waiting", "claim")
    await received(
        installation, DINSOS, filed("dinsos", "f-1"), filed("dinsos", "f-2"), died("dinsos", "v-1")
    )
    await taken_up(installation, "dinsos")
    found = [await look_up(installation.context, "dinsos", name) for name in ("d-1", "f-1", "f-2", "v-1")]
    assert [one and (one.code or one.status) for one in found] == [
        "accepted",
        "accepted",
        "claim-exists",
        "not-allowed",
    ]
    assert len(await installation.context.quarantine.documents("dinsos")) == 2


async def test_nothing_personal_stands_in_clear(installation: IntakeInstallation, redis: Redis) -> None:
    """Neither in the stream of what was taken nor beside it."""
    origin = Origin(key="k1", message="msg_1", timestamp=1, signature="c2ln")
    await receive(installation.context, DINSOS, [ReceivedDocument(filed("dinsos", "f-1"), origin)])
    everything = b""
    async for name in redis.scan_iter("*"):
        everything += cast("bytes", await redis.dump(name))
    assert everything
    assert not re.search(rb"Joko|" + SITI.encode(), everything)
    (submission,) = await not_admitted(installation, "dinsos")
    assert (submission.document, submission.origin) == (filed("dinsos", "f-1"), origin)


async def test_a_repeat_may_be_refused_no_more(installation: IntakeInstallation) -> None:
    """An agency whose right was taken away gets the receipt of what it was allowed to send then."""
    await received(installation, DINSOS, paid("dinsos", "p-1"))
    less = Agency(name="dinsos", types=("claim.filed",))
    (again,) = await received(installation, less, paid("dinsos", "p-1"))
    assert (again.repeated, again.receipt.status) == (True, "received")
    await installation.context.registry.add(less)
    await taken_up(installation, "dinsos")
    assert await installation.order() == ["p-1"]


@pytest.mark.parametrize("kind", sorted(AGENCY_TYPES))
def test_the_parts_of_every_type_have_names(kind: str) -> None:
    """None of them is called as the two attributes that are told apart, so that a name says which it is."""
    fields = _layout(f'"{kind}"'.encode()).keys
    assert fields
    assert not {"type", "time"} & set(fields)


async def test_what_came_before_resolves_the_document_that_it_mends(installation: IntakeInstallation) -> None:
    """Sent as new first and as a mended document afterwards, once it is admitted; and so what that one was to mend."""
    wrong = await received(installation, DINSOS, paid("dinsos", "p-1", time="x"))
    first = wrong[0].receipt.quarantine or ""
    still = await receive(
        installation.context, DINSOS, [ReceivedDocument(paid("dinsos", "p-1", time="y"), None, first)]
    )
    second = still[0].receipt.quarantine or ""
    mended = ReceivedDocument(paid("dinsos", "p-1"), None, second)
    (reply,) = await received(installation, DINSOS, mended.document)
    assert (await receive(installation.context, DINSOS, [mended]))[0].receipt.status == "received"
    assert await taken_up(installation, "dinsos") == 1
    assert [one.resolved for one in await installation.context.quarantine.documents("dinsos")] == ["", ""]
    assert (await receive(installation.context, DINSOS, [mended]))[0].repeated
    resolved = [one.resolved for one in await installation.context.quarantine.documents("dinsos")]
    assert resolved == [reply.receipt.receipt] * 2


async def test_documents_that_mend_one_another_in_a_circle_are_resolved(
    installation: IntakeInstallation,
) -> None:
    """What a sender writes as names of documents is never believed."""
    one, other = paid("dinsos", "p-1", time="x"), paid("dinsos", "p-1", time="y")
    named = [installation.context.tokens.document("dinsos", raw) for raw in (one, other)]
    await receive(
        installation.context,
        DINSOS,
        [ReceivedDocument(one, None, named[1]), ReceivedDocument(other, None, named[0])],
    )
    await receive(installation.context, DINSOS, [ReceivedDocument(paid("dinsos", "p-1"), None, named[0])])
    assert await taken_up(installation, "dinsos") == 1
    assert all(kept.resolved for kept in await installation.context.quarantine.documents("dinsos"))
