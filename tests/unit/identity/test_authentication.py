"""Who sends a request: nobody passes as another, and no byte of what was signed can be another."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from msgspec.structs import replace

from services.identity.authentication import (
    WAYS,
    Directory,
    Principal,
    Snapshot,
    Unidentified,
    identify,
    snapshot_of,
)
from services.identity.credentials import new_api_key, new_signing_key, public_key, sign
from services.ledger.credentials import Credential

NOW = dt.datetime(2026, 3, 2, 3, 0, 0, 250_000, dt.UTC)
SECONDS = int(NOW.timestamp())
DAY = dt.timedelta(days=1)
BODY = json.dumps({"specversion": "1.0", "source": "/agencies/dinsos", "data": {"name": "Siti"}}).encode()

PRIVATE, PUBLIC = new_signing_key()
OTHER_PRIVATE, OTHER_PUBLIC = new_signing_key()
TRUSTED = public_key("dinsos", PUBLIC, NOW - DAY)
OTHERS = public_key("rsud-sekayu", OTHER_PUBLIC, NOW - DAY)
API, KEPT = new_api_key("dinsos", NOW - DAY)
OTHER_API, OTHER_KEPT = new_api_key("rsud-sekayu", NOW - DAY)


class Known(Directory):
    """A directory that knows these credentials and no server."""

    def __init__(self, *credentials: Credential) -> None:
        self._known = snapshot_of(credentials)

    async def now(self) -> Snapshot:
        return self._known


ALL = Known(TRUSTED, OTHERS, KEPT, OTHER_KEPT)


def signed(
    body: bytes = BODY,
    private: str = PRIVATE,
    agency: str = "dinsos",
    at: int = SECONDS,
    message: str = "msg-1",
) -> dict[str, str]:
    return {
        "kelambu-agency": agency,
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(private, message, at, body),
    }


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def refusal_of(
    headers: dict[str, str], body: bytes = BODY, known: Known = ALL, now: dt.datetime = NOW
) -> str:
    """The code with which a request is refused, or the agency as which it is accepted."""
    try:
        return (await identify(known, headers, body, now)).agency
    except Unidentified as refused:
        return refused.code


async def test_an_api_key_names_its_agency():
    """It leaves no proof of origin: it signs nothing."""
    assert await identify(ALL, bearer(API), BODY, NOW) == Principal("dinsos", KEPT.id, None)
    assert await refusal_of({"authorization": f"bearer {OTHER_API}"}) == "rsud-sekayu"


async def test_a_signature_names_its_agency_and_is_the_proof_of_origin():
    """The proof says who signed which message when."""
    headers = signed()
    who = await identify(ALL, headers, BODY, NOW)
    assert (who.agency, who.key) == ("dinsos", TRUSTED.id)
    assert who.origin is not None
    assert (who.origin.key, who.origin.message, who.origin.timestamp) == (TRUSTED.id, "msg-1", SECONDS)
    assert f"v1a,{who.origin.signature}" == headers["webhook-signature"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "missing"),
        ({"authorization": "Basic ZGluc29zOng="}, "malformed"),
        (bearer("eyJhbGciOi.J9.x"), "malformed"),
        (bearer("kk_"), "malformed"),
        (bearer(API + "0"), "malformed"),
        (bearer(API + "\n"), "malformed"),
        (bearer(API.upper()), "malformed"),
        (bearer(API[:-1] + ("0" if API[-1] != "0" else "1")), "unknown-key"),
        (bearer(new_api_key("dinsos", NOW)[0]), "unknown-key"),
        (bearer(f"{KEPT.id}_{OTHER_API.rpartition('_')[2]}"), "unknown-key"),
        (signed(agency="rsud-sekayu"), "bad-signature"),
        (signed(agency="nobody"), "bad-signature"),
        (signed(private=OTHER_PRIVATE), "bad-signature"),
        (signed(at=SECONDS - 299), "dinsos"),
        (signed(at=SECONDS - 301), "timestamp"),
        (signed(at=SECONDS + 300), "dinsos"),
        (signed(at=SECONDS + 301), "timestamp"),
        (signed(at=1), "malformed"),
        (signed(message="a.b"), "malformed"),
        (signed(message="nik-1606014101900001"), "malformed"),
        (signed() | {"webhook-timestamp": f"{SECONDS}.0"}, "malformed"),
        (signed() | {"webhook-timestamp": f"+{SECONDS}"}, "malformed"),
        (signed() | {"webhook-id": "msg-2"}, "bad-signature"),
        (signed() | {"webhook-timestamp": str(SECONDS + 1)}, "bad-signature"),
        (signed() | {"webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="}, "malformed"),
        (signed() | {"webhook-signature": "v1a,"}, "bad-signature"),
        (signed() | {"ce-id": "e-1"}, "malformed"),
        (signed() | bearer(OTHER_API), "two-agencies"),
        (signed() | bearer(API), "dinsos"),
        (signed() | bearer(API[:-3] + "zzz"), "malformed"),
        (signed(private=OTHER_PRIVATE) | bearer(API), "bad-signature"),
    ],
)
async def test_each_way_of_being_nobody_has_its_code(headers, code):
    """A second way never mends a first that fails."""
    assert await refusal_of(headers) == code


@pytest.mark.parametrize("name", ["kelambu-agency", "webhook-id", "webhook-timestamp"])
async def test_a_signature_without_one_of_its_headers_is_malformed(name):
    """Nothing is guessed."""
    headers = signed()
    del headers[name]
    assert await refusal_of(headers) == "malformed"


async def test_no_byte_of_a_signed_request_can_be_another():
    """Every byte of body, id, timestamp, signature and agency, each with one bit flipped: none is accepted."""
    headers = signed()
    for place in range(len(BODY)):
        flipped = bytearray(BODY)
        flipped[place] ^= 1 << place % 8
        assert await refusal_of(headers, bytes(flipped)) == "bad-signature"
    for name, value in headers.items():
        for place in range(len(value)):
            for bit in range(7):
                other = value[:place] + chr(ord(value[place]) ^ 1 << bit) + value[place + 1 :]
                assert await refusal_of(headers | {name: other}) != "dinsos", (name, place, bit)
    assert await refusal_of(headers) == "dinsos"


async def test_a_signature_cannot_be_moved_between_id_timestamp_and_body():
    """``a.1767225600.{}`` is one message only: an id has no full stop, and a body begins no timestamp."""
    body = f"{SECONDS}.{{}}".encode()
    headers = signed(body, message="a") | {"webhook-id": f"a.{SECONDS}"}
    assert await refusal_of(headers, b"{}") == "malformed"


async def test_a_request_without_a_body_cannot_be_signed():
    """The signature would be over nothing, and good for every question."""
    assert await refusal_of(signed(b""), b"") == "malformed"


@pytest.mark.parametrize("start", [b"[", b" \n["])
async def test_the_signature_of_a_batch_identifies_and_proves_none_of_its_events(start):
    """It is over all of them together; what is to be proved later is sent alone."""
    body = start + BODY + b"]"
    assert await identify(ALL, signed(body), body, NOW) == Principal("dinsos", TRUSTED.id, None)


async def test_while_keys_change_both_are_good():
    """A request may carry the signatures of both; the one under a key that lives counts. A third is not looked at."""
    private, public = new_signing_key()
    new = public_key("dinsos", public, NOW)
    second, first = sign(private, "msg-1", SECONDS, BODY), signed()["webhook-signature"]
    both = signed() | {"webhook-signature": f"{first} {second}"}
    for known in (Known(TRUSTED), Known(new), Known(TRUSTED, new)):
        assert await refusal_of(both, known=known) == "dinsos"
    assert await refusal_of(both | {"webhook-signature": f"{first} v1,abc {second}"}) == "dinsos"
    assert await refusal_of(both | {"webhook-signature": f"{first} {first} {second}"}) == "malformed"


@pytest.mark.parametrize("code", ["revoked", "expired"])
async def test_a_key_whose_time_is_over_is_refused_to_the_moment(code):
    """Whoever holds it is told why; whoever only guesses is told nothing."""
    over = {"revoked": NOW} if code == "revoked" else {"expires": NOW}
    known = Known(replace(KEPT, **over), replace(TRUSTED, **over))
    for headers in (bearer(API), signed()):
        assert await refusal_of(headers, known=known) == code
        assert await refusal_of(headers, known=known, now=NOW - dt.timedelta(seconds=1)) == "dinsos"
    assert await refusal_of(bearer(API[:-1] + "x"), known=known) == "malformed"
    assert await refusal_of(bearer(f"{KEPT.id}_{'0' * 40}"), known=known) == "unknown-key"


async def test_a_site_adds_a_way_of_its_own():
    """It goes beside the others: all that a request takes must name the same agency."""

    async def by_proxy(_directory, headers, _body, _now, /):
        name = headers.get("x-client-cert-agency")
        return None if name is None else Principal(name, "proxy")

    ways = (*WAYS, by_proxy)
    proxied = {"x-client-cert-agency": "dinsos"}
    assert await identify(ALL, proxied, BODY, NOW, ways) == Principal("dinsos", "proxy")
    who = await identify(ALL, proxied | signed(), BODY, NOW, ways)
    assert (who.agency, who.origin is not None) == ("dinsos", True)
    with pytest.raises(Unidentified, match="two-agencies"):
        await identify(ALL, proxied | bearer(OTHER_API), BODY, NOW, ways)
    assert await refusal_of(proxied) == "missing"
