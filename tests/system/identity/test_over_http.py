"""Identity over HTTP: what is signed is taken in with its proof, and no byte of it can be another on the way."""

from __future__ import annotations

import datetime as dt
import gzip
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from msgspec.structs import replace

from services.identity.credentials import new_api_key, new_signing_key, public_key, sign
from services.intake.admission import admit
from services.intake.context import context_of
from services.intake.http_reception import opened
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from services.ledger.reservations import taken
from services.verification.provenance import provenance
from tests.system.gateway.answering import BATCH, SITI, STRUCTURED, Answering, answering, body, post

PRIVATE, PUBLIC = new_signing_key()
DAY = dt.timedelta(days=1)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    """A gateway, and a public key of one of its agencies."""
    async with answering(tmp_path) as running:
        await Credentials(running.installation.core).add(public_key("dinsos", PUBLIC, _now()))
        yield running


def signed(
    content: bytes,
    message: str = "msg-1",
    agency: str = "dinsos",
    private: str = PRIVATE,
    seconds: int = 0,
) -> dict[str, str]:
    """The headers of a request that is signed now, or so many seconds later."""
    at = int(time.time()) + seconds
    return {
        "kelambu-agency": agency,
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(private, message, at, content),
    }


async def test_what_is_signed_is_taken_in_with_the_proof_of_its_origin(gateway: Answering):
    """Also compressed: the signature is over the document, however it was packed for the way."""
    plain, packed = body("p-1"), b"\n " + body("p-2")
    async with gateway.client("") as client:
        assert (await post(client, plain, **signed(plain))).status_code == 202
        headers = signed(packed) | {"content-encoding": "gzip"}
        assert (await post(client, gzip.compress(packed), **headers)).status_code == 202
        both = b"[" + body("p-3") + b"," + body("p-4") + b"]"
        assert (await post(client, both, BATCH, **signed(both))).status_code == 202
    assert await _origins(gateway) == {
        plain: "verified",
        packed: "verified",
        b"p-3": "not-signed",
        b"p-4": "not-signed",
    }


async def test_no_byte_of_a_signed_request_can_be_another_on_the_way(gateway: Answering):
    """One bit of every byte of the document and of what is signed with it: every answer is 401, and nothing is kept."""
    content = body("p-1")
    headers = signed(content)
    async with gateway.client("") as client:
        for name, value in headers.items():
            for place in range(len(value)):
                other = {name: value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]}
                answer = await post(client, content, **(headers | other))
                assert answer.status_code == 401, (name, place)
        for place in range(len(content)):
            flipped = bytearray(content)
            flipped[place] ^= 1 << place % 8
            answer = await post(client, bytes(flipped), **headers)
            assert answer.status_code == 401, place
            assert SITI not in answer.text
        for other in (
            {"kelambu-agency": "rsud"},
            {"webhook-id": "msg-2"},
            {"webhook-timestamp": str(int(time.time()) - 9)},
        ):
            assert (await post(client, content, **(headers | other))).status_code == 401
        assert await gateway.installation.core.xlen(names.taken("dinsos")) == 0
        assert (await post(client, content, **headers)).status_code == 202
        assert (await post(client, content, **headers)).status_code == 200, (
            "a replay is the same event once more"
        )
    assert await gateway.installation.core.xlen(names.taken("dinsos")) == 1


async def test_a_signature_that_is_old_or_under_a_key_that_ended_is_refused(gateway: Answering):
    """Right as it is: six minutes old, ahead, expired or revoked, it brings nothing in."""
    credentials, now = Credentials(gateway.installation.core), _now()
    pairs = {agency: new_signing_key() for agency in ("rsud", "kecamatan")}
    keys = {one: public_key(one, public, now - 2 * DAY) for one, (_, public) in pairs.items()}
    await credentials.add(replace(keys["rsud"], expires=now - DAY))
    await credentials.add(keys["kecamatan"])
    await credentials.revoke("kecamatan", keys["kecamatan"].id, now)
    async with gateway.client("") as client:
        for agency, code in (("rsud", "expired"), ("kecamatan", "revoked")):
            content = body("p-1", agency)
            answer = await post(client, content, **signed(content, agency=agency, private=pairs[agency][0]))
            assert (answer.status_code, answer.json()["code"]) == (401, code)
        content = body("p-1")
        for seconds in (-360, 360):
            answer = await post(client, content, **signed(content, seconds=seconds))
            assert (answer.status_code, answer.json()["code"]) == (401, "timestamp")
    for agency in gateway.keys:
        assert await gateway.installation.core.xlen(names.taken(agency)) == 0


async def test_an_agency_cannot_sign_what_another_says(gateway: Answering):
    """Its signature is good, and the document is another's: refused, and kept out of the other's streams."""
    content = body("p-1", "kecamatan")
    async with gateway.client("") as client:
        answer = await post(client, content, **signed(content))
        assert answer.status_code == 403
        assert "wrong-source" in answer.text
        assert (await post(client, content, **signed(content, agency="kecamatan"))).status_code == 401
    assert await gateway.installation.core.xlen(names.taken("kecamatan")) == 0


async def test_a_secret_is_in_no_answer_no_log_and_no_file(
    gateway: Answering, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    """Right, expired or with a byte too many: the key is only in the hands of its agency."""
    shown, kept = new_api_key("rsud", _now() - dt.timedelta(days=2))
    await Credentials(gateway.installation.core).add(replace(kept, expires=_now() - dt.timedelta(days=1)))
    answers = []
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        for key in (gateway.keys["rsud"], shown, shown + "0"):
            headers = {"authorization": f"Bearer {key}"}
            answer = await post(client, b"{", STRUCTURED, **headers)
            answers.append(answer.text + repr(answer.headers))
    said = capfd.readouterr()
    files = _files(tmp_path)
    for key in (gateway.keys["rsud"], shown):
        secret = key.rpartition("_")[2]
        assert not any(secret in text for text in (*answers, said.out, said.err, *files))
    assert any(kept.id in text for text in files), "the search finds what is there"


async def _origins(gateway: Answering) -> dict[bytes, str]:
    """Admit what was received; returns each verdict by the document that was signed, or else by the event's id."""
    installation = gateway.installation
    context = context_of(installation)
    found = cast(
        "list[tuple[bytes, dict[bytes, bytes]]]", await installation.core.xrange(names.taken("dinsos"))
    )
    await admit(context, "dinsos", await opened(context, "dinsos", [taken(*entry) for entry in found]))
    known = {one.id: one for one in await Credentials(installation.core).all()}
    person = installation.tokens.nik(SITI)
    origins: dict[bytes, str] = {}
    for partition in range(installation.ledger.partitions):
        for arrival in await installation.ledger.inbox(partition, "0-0", 100):
            one = provenance(arrival.body, installation.keys.get([person]), installation.tokens, known)
            assert one is not None
            origins[one.proof.document if one.proof else one.event.partition(":")[2].encode()] = one.verdict
    return origins


def _files(folder: Path) -> list[str]:
    """Everything that stands in the files of a folder."""
    return [file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
