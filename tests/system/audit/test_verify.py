"""Whoever changes the past is found, at the place where it was changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.keys import segment
from services.ledger.protocol import Commit
from services.runtime.embedded_server import EmbeddedServer
from services.verification.discrepancies import AuditFinding
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks
from tests.system.audit.tampering import (
    audited,
    busy_installation,
    drop,
    find,
    given_up,
    project,
    rewrite,
    rewrite_order,
    rewrite_state,
)


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    return await busy_installation(redis, tmp_path)


async def only(installation: SmallInstallation, check: str) -> AuditFinding:
    """The first finding, which must be of this check."""
    result = await audited(installation)
    assert not result.ok
    assert result.exit_code == 1
    found = [finding for finding in result.findings if finding.check == check]
    assert found, [str(finding) for finding in result.findings]
    return found[0]


async def test_an_untouched_installation_is_clean(installation: SmallInstallation) -> None:
    """Nothing is found, nothing skipped, and the totals are those of the claims that were played."""
    result = await audited(installation)
    assert [str(finding) for finding in result.findings] == []
    assert result.skipped == ()
    assert result.explained == ()
    assert result.unreadable == 0
    assert result.totals.orders == 13
    assert result.totals.ordered == 7 * 42_000_000
    assert result.totals.cancelled == 42_000_000
    assert result.totals.released == result.totals.left == 6 * 42_000_000
    assert result.totals.paid == 42_000_000 + 20_000_000
    assert result.events == sum(result.heads.values()) > 60
    assert result.persons == 9


async def test_without_keys_everything_but_the_sealed_is_still_checked(
    installation: SmallInstallation,
) -> None:
    """An auditor who may not read personal data recalculates all the same."""
    result = await audited(installation, keys=False)
    assert result.ok
    assert result.unreadable > 40


@pytest.mark.parametrize(
    ("parts", "was", "now", "check"),
    [
        ((b"claim.assessed", b'"claim":"A-0"', b'"due"'), b'"amount":', b'"amount":1', "recalculation"),
        ((b"payment-ordered", b'"claim":"A-3"'), b'"payee":"heir:h1"', b'"payee":"heir:h2"', "recalculation"),
        ((b"claim.verified", b'"claim":"A-1"', b'"died_on"'), b"2026-", b"2024-", "recalculation"),
        ((b"participant.enrolled",), b'"district":"16.06.01"', b'"district":"16.06.02"', "content"),
        ((b"participant.enrolled",), b'"box":"', b'"box":"AA', "content"),
        ((b"claim.filed", b'"claim":"B-1"'), b'"specversion"', b' "specversion"', "recalculation"),
        ((b"claim.paid", b'"A-2.1"'), b"20000000", b"21000000", "recalculation"),
    ],
)
async def test_a_changed_entry_is_named_with_its_position(
    installation: SmallInstallation, parts: tuple[bytes, ...], was: bytes, now: bytes, check: str
) -> None:
    """Of an assessment, an order, a fact, a text nobody computes with, a sealed box, a space: each at its place."""
    partition, position, body = await find(installation, *parts)
    assert was in body
    await rewrite(installation, partition, position, body.replace(was, now, 1))
    found = await only(installation, check)
    assert (found.partition, found.partition is not None and found.position >= position) == (partition, True)
    if check == "content":
        assert found.position == position


async def test_any_changed_byte_of_a_document_is_found(valkey: Redis, tmp_path: Path) -> None:
    """Every byte of what an agency said, of the envelope and the data, is covered by the tag of its content."""
    installation = await busy_installation(valkey, tmp_path)
    partition, position, body = await find(installation, b"claim.filed", b'"claim":"A-0"')
    said = body[: body.index(b'"person"')]
    for at in range(0, len(said), 13):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        await rewrite(installation, partition, position, changed)
        result = await audited(installation)
        assert any(f.partition == partition for f in result.findings), (at, changed)


async def test_several_processes_find_what_one_finds(
    valkey_server: EmbeddedServer, valkey: Redis, tmp_path: Path
) -> None:
    """The same result, findings and all, however the partitions are shared out."""
    installation = await busy_installation(valkey, tmp_path)
    partition, position, body = await find(installation, b"claim.paid", b'"A-2.1"')
    await rewrite(installation, partition, position, body.replace(b"20000000", b"21000000", 1))
    alone = await audited(installation)
    together = await audited(installation, processes=2, url=valkey_server.url)
    assert not alone.ok
    assert together == alone


async def test_a_removed_entry_is_a_gap(installation: SmallInstallation) -> None:
    """The position that is missing is named."""
    await drop(installation, 1, 5)
    found = await only(installation, "ledger")
    assert (found.partition, found.position) == (1, 5)


async def test_a_changed_state_is_named_with_the_persons_last_position(
    installation: SmallInstallation,
) -> None:
    """One byte of one state."""
    partition, position, body = await find(installation, b"claim.closed", b'"claim":"A-0"')
    person = body.split(b'"person":"')[1].split(b'"')[0].decode()
    await rewrite_state(installation, partition, person, b"h1", b"h3")
    found = await only(installation, "state")
    assert (found.partition, found.position) == (partition, position)
    assert person in found.what


async def altered(client: Any, place: str, field: str) -> None:
    """One byte of what stands there."""
    body = await client.hget(place, field)
    await client.hset(place, field, body[:-1] + bytes([body[-1] ^ 1]))


DAMAGE: dict[str, Callable[[Any, str, str], Awaitable[object]]] = {
    "missing": lambda client, place, person: client.hdel(place, segment(person, 1)),
    "altered": lambda client, place, person: altered(client, place, segment(person, 0)),
    "added": lambda client, place, person: client.hset(place, segment(person, 2), b"\x90"),
    "of nobody": lambda client, place, person: client.hset(place, "~nobody", b"\x90"),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_changed_segment_of_a_state_is_found(redis: Redis, tmp_path: Path, damage: str) -> None:
    """One that is missing, altered, added, or of no person at all; nothing else is found."""
    installation = await SmallInstallation.opened(redis, tmp_path, 1)
    life = Life(niks(1)[0]).insured()
    for month in range(1, 12):
        life.paid_months(f"2026-{month:02d}", f"2026-{month:02d}")
    await installation.live(life)
    await project(installation)
    assert (await audited(installation)).ok
    person = installation.tokens.nik(life.nik)
    await DAMAGE[damage](redis, keys.segments(0), person)
    result = await audited(installation)
    assert [finding.check for finding in result.findings] == ["state"]
    assert ("~nobody" if damage == "of nobody" else person) in result.findings[0].what


async def test_a_changed_row_of_a_read_model_is_shown(installation: SmallInstallation) -> None:
    """The table, the row as it is and as it must be; and that the totals no longer agree."""
    with sqlite3.connect(installation.data / "read-models.db") as connection:
        connection.execute("UPDATE payments_1 SET paid = paid + 1 WHERE \"order\" = 'A-2.1'")
    result = await audited(installation)
    assert [finding.check for finding in result.findings] == ["read-model", "totals"]
    assert "table payments, order=A-2.1: paid is " in result.findings[0].what


async def test_a_changed_place_in_a_json_column_is_shown_alone(installation: SmallInstallation) -> None:
    """What is long is not printed whole: the path in it, what stands there and what must."""
    with sqlite3.connect(installation.data / "read-models.db") as connection:
        connection.execute(
            """UPDATE claims_standing_1 SET standing = json_set(standing, '$.filing.cause', 'none') """
            """WHERE claim = 'A-0'"""
        )
    found = await only(installation, "read-model")
    assert "claim=A-0: standing.filing.cause is 'none', rebuilt from the ledger it is '" in found.what
    assert len(found.what) < 200


async def test_a_changed_batch_file_is_named(installation: SmallInstallation) -> None:
    """One digit of one account number, the trailer left as it was."""
    file = min((installation.data / "batches").glob("*.csv"))
    file.write_bytes(file.read_bytes().replace(b"Bank Sumsel", b"Bank Sumsal", 1))
    found = await only(installation, "batch-file")
    assert found.what.startswith(file.name)


async def test_a_batch_file_with_other_totals_is_named(installation: SmallInstallation) -> None:
    """The trailer must be that of the batch as well."""
    file = min((installation.data / "batches").glob("*.csv"))
    head, _, trailer = file.read_bytes().rpartition(b"TOTAL")
    file.write_bytes(head + b"TOTAL" + trailer.replace(b"000000", b"000001", 1))
    assert "other totals" in (await only(installation, "batch-file")).what


async def test_a_missing_batch_file_is_named(installation: SmallInstallation) -> None:
    """A file that was taken away."""
    min((installation.data / "batches").glob("*.csv")).unlink()
    assert "is missing" in (await only(installation, "batch-file")).what


async def test_a_batch_file_of_nobody_is_named(installation: SmallInstallation) -> None:
    """A file under the name of a batch that has not left, whatever it holds."""
    file = min((installation.data / "batches").glob("*.csv"))
    file.with_name("p00-99.csv").write_bytes(file.read_bytes())
    assert (await only(installation, "batch-file")).what == "p00-99.csv is there, and no such batch has left"


async def test_an_order_that_left_with_another_amount_is_found(installation: SmallInstallation) -> None:
    """The order stream says what the ledger ordered, or the order is named."""
    number, departure = (await installation.payments.orders())[3]
    await rewrite_order(installation, number, b"21000000", b"22000000")
    found = await only(installation, "payments")
    assert departure.order in found.what


async def test_an_order_taken_out_of_the_stream_is_found(installation: SmallInstallation) -> None:
    """A gap in the numbers of the orders."""
    await installation.client.xdel(keys.ORDERS, "4-0")
    assert "number 4 is missing" in (await only(installation, "payments")).what


async def test_a_gap_in_the_stream_hides_no_other_difference(installation: SmallInstallation) -> None:
    """What follows the gap is read on: a changed file and one of nobody are named beside it."""
    await installation.client.xdel(keys.ORDERS, "4-0")
    file = min((installation.data / "batches").glob("*.csv"))
    file.write_bytes(file.read_bytes().replace(b"Bank Sumsel", b"Bank Sumsal", 1))
    file.with_name("p00-99.csv").write_bytes(file.read_bytes())
    messages = [finding.what for finding in (await audited(installation)).findings]
    assert f"{keys.ORDERS}: number 4 is missing, 5 follows" in messages
    assert f"{file.name} has other rows than those that left" in messages
    assert "p00-99.csv is there, and no such batch has left" in messages


async def test_an_id_that_belongs_to_no_event_is_found(installation: SmallInstallation) -> None:
    """An event that was forgotten, while its id is remembered, would be refused for ever as known."""
    head = await installation.ledger.head(0)
    await installation.ledger.commit(
        Commit(partition=0, expected=head, then=head, ids=[(b"i" * 16, b"t" * 8)])
    )
    assert "ids are remembered" in (await only(installation, "ids")).what


async def test_a_destroyed_key_is_no_finding_and_a_lost_one_is(installation: SmallInstallation) -> None:
    """What a destruction makes unreadable is counted; a key that is gone without one is named."""
    second = installation.tokens.nik(niks(2)[1])
    await given_up(installation, niks(1)[0])
    result = await audited(installation)
    assert [finding.check for finding in result.findings] == []
    assert result.unreadable > 0
    files = {file.stem: file.read_bytes() for file in (installation.data / "batches").glob("*.csv")}
    for name in files:
        (installation.data / "batches" / f"{name}.csv").unlink()
    lost = await installation.mending().mend()
    assert lost
    found = (await audited(installation)).findings
    assert {(one.check, one.message.key) for one in found} == {("batch-file", "audit.batch-file-lost")}
    assert {one.message.parameters["batch"] for one in found} == {batch.label for batch in lost}
    for batch in lost:
        (installation.data / "batches" / f"{batch.label}.csv").write_bytes(files[batch.label])
    assert (await audited(installation)).ok
    with sqlite3.connect(installation.data / "keys" / "keys.db") as connection:
        connection.execute("DELETE FROM keys WHERE name = ?", (second,))
    assert second in (await only(installation, "content")).what
    installation.keys.give_up([second])
    assert "keys of 2 persons were destroyed" in (await only(installation, "erasure")).what


async def test_parked_events_are_counted_and_not_taken_for_lost(installation: SmallInstallation) -> None:
    """A person whose event the decider cannot decide is parked with it; nothing is missing."""

    def failing(*_: object) -> object:
        raise ZeroDivisionError

    decider, installation.decider = installation.decider, failing  # type: ignore[assignment]
    life = Life("1606010101709999").insured()
    await installation.live(life)
    installation.decider = decider
    await project(installation)
    assert (await audited(installation)).ok
    partition = installation.partition(life)
    await installation.client.delete(keys.parked_events(partition, installation.tokens.nik(life.nik)))
    result = await audited(installation)
    assert {finding.check for finding in result.findings} == {"parked", "ids"}


async def test_time_written_in_another_way_is_the_same_document(redis: Redis, tmp_path: Path) -> None:
    """Milliseconds and UTC as many programs write them are no tampering."""
    installation = await SmallInstallation.opened(redis, tmp_path, 2)
    life = Life().enrolled()
    for n, time in enumerate(
        ("2026-03-10T03:00:00.000Z", "2026-03-10T10:00:00.5+07:00", "2026-03-10T03:00:00+00:00")
    ):
        payer = {"kind": "self", "name": "Siti"}
        months = {"first_month": f"2025-0{n + 1}", "last_month": f"2025-0{n + 1}"}
        data = {"nik": life.nik, **months, "paid_on": "2025-01-02", "payer": payer}
        life.send("participant.contributions-paid", data, time=time)
    await installation.live(life)
    await project(installation)
    result = await audited(installation)
    assert [str(finding) for finding in result.findings] == []


async def test_what_another_engine_decided_is_explained_and_not_found(redis: Redis, tmp_path: Path) -> None:
    """Under the adoption of an unknown rulebook differences are listed; under today's they are found."""
    installation = await SmallInstallation.opened(redis, tmp_path, 2)

    class Other:
        name = f"{'0' * 64}@0"

    life = Life().insured().filed().died().heirs(heir("h1", account="1"))
    today, decider = installation.rulebook, installation.decider

    def generous(state: object, event: object, _: object) -> object:
        after, said = decider(state, event, today)  # type: ignore[arg-type]
        return after, said[:1]

    installation.rulebook, installation.decider = Other, generous  # type: ignore[assignment]
    await installation.live(life)
    installation.rulebook, installation.decider = today, decider
    late = Life(niks(3)[2]).insured().filed("Z-1").died(claim="Z-1").heirs(heir(), claim="Z-1")
    await installation.live(late)
    await project(installation)
    result = await audited(installation)
    assert [str(finding) for finding in result.findings] == []
    assert {one.adopted for one in result.explained} == {Other.name}
    assert {one.person for one in result.explained} == {installation.tokens.nik(life.nik)}
