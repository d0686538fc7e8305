"""What proves an identity: made once, kept as a hash or a public key, and checked byte by byte."""

from __future__ import annotations

import base64
import datetime as dt

import pytest

from events.origin import Origin
from services.identity.credentials import (
    BadKeyError,
    is_secret_of,
    new_api_key,
    new_signing_key,
    public_key,
    read_api_key,
    sign,
    verifies,
)

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)


def test_an_api_key_is_shown_once_and_kept_as_a_hash():
    """What is kept names the key and cannot be turned back into it; 160 bits are drawn."""
    shown, kept = new_api_key("dinsos", NOW)
    name, secret = read_api_key(shown) or ("", "")
    assert (kept.id, kept.agency, kept.kind) == (name, "dinsos", "api")
    assert len(bytes.fromhex(secret)) == 20
    assert secret not in repr(kept)
    assert is_secret_of(kept, secret)
    assert not is_secret_of(kept, "0" * 40)
    assert new_api_key("dinsos", NOW)[0] != shown


@pytest.mark.parametrize("place", range(56))
def test_no_byte_of_an_api_key_can_be_another(place):
    """Each flipped byte makes it another key or no key."""
    shown, kept = new_api_key("dinsos", NOW)
    for bit in range(7):
        flipped = shown[:place] + chr(ord(shown[place]) ^ 1 << bit) + shown[place + 1 :]
        read = read_api_key(flipped)
        assert read is None or read[0] != kept.id or not is_secret_of(kept, read[1])


def test_a_public_key_is_the_same_with_and_without_its_prefix():
    """``whpk_`` is how Standard Webhooks writes it; the name comes from the key alone."""
    _, public = new_signing_key()
    kept = public_key("dinsos", public, NOW)
    assert kept == public_key("dinsos", f" {public.removeprefix('whpk_')}\n", NOW)
    assert kept.id.startswith("ed_")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whpk_",
        "whpk_AAAA",
        "whsec_" + base64.b64encode(bytes(range(32))).decode(),
        new_signing_key()[0],
        new_signing_key()[1].rstrip("="),
        "whpk_" + base64.b64encode(bytes(33)).decode(),
    ],
    ids=["empty", "prefix", "3 bytes", "shared secret", "private key", "without padding", "33 bytes"],
)
def test_what_is_no_public_key_is_refused(text):
    """A private key given by mistake is refused too, and not repeated."""
    with pytest.raises(BadKeyError) as refused:
        public_key("dinsos", text, NOW)
    assert not text.removeprefix("whpk_") or text.removeprefix("whpk_") not in str(refused.value)


@pytest.mark.parametrize(
    "raw",
    [
        bytes(32),
        b"\1" + bytes(31),
        b"\1" + bytes(30) + b"\x80",
        bytes.fromhex("ec" + "ff" * 30 + "7f"),
        bytes.fromhex("ed" + "ff" * 30 + "7f"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ],
)
def test_a_key_for_which_anybody_can_sign_is_refused(raw):
    """Its owner could deny every signature."""
    with pytest.raises(BadKeyError, match="anybody"):
        public_key("dinsos", base64.b64encode(raw).decode(), NOW)


def test_a_signature_of_the_standards_own_libraries_verifies():
    """The pair is of RFC 8032, test 2; the form is that of Standard Webhooks."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    kept = public_key("dinsos", f"whpk_{base64.b64encode(public).decode()}", NOW)
    header = sign(f"whsk_{base64.b64encode(seed + public).decode()}", "msg_1", 1767225600, b"{}")
    assert header == sign(f"whsk_{base64.b64encode(seed).decode()}", "msg_1", 1767225600, b"{}")
    origin = Origin(key=kept.id, message="msg_1", timestamp=1767225600, signature=header.removeprefix("v1a,"))
    assert verifies(kept, origin, b"{}")
    assert not verifies(kept, origin, b"{ }")
