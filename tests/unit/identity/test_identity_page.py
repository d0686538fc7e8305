"""The page about identity: what it tells agencies to write is what is accepted."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.identity.authentication import Code, identify
from services.identity.credentials import public_key
from services.ledger.credentials import Credential
from services.verification.provenance import Verdict
from tests.unit.identity.test_authentication import Known

PAGE = (Path(__file__).parents[3] / "docs" / "identity.md").read_text()
BODY = b'{"specversion": "1.0",\n "id": "e-1"}\n'
CURL = """#!/bin/sh
for part; do printf '%s\\n' "$part"; done > sent
"""


def blocks(language: str) -> list[str]:
    """The code on the page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_names_every_code_and_every_verdict():
    """And none that does not exist."""
    for heading, names in (("## Refused", get_args(Code)), ("## Checking", get_args(Verdict))):
        section = PAGE[PAGE.index(heading) :].split("\n## ")[0]
        rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
        assert {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)} == set(names)


def test_what_the_page_signs_in_python_is_accepted(tmp_path: Path):
    """As it stands there."""
    (source,) = blocks("python")
    (tmp_path / "signing.py").write_text(source)
    there = runpy.run_path(str(tmp_path / "signing.py"))
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    headers = there["signed_headers"]("bank-sumsel", pem, BODY)
    kept = public_key("bank-sumsel", _base64(private.public_key().public_bytes_raw()), _now())
    assert _origin(kept, headers) == kept.id


def test_what_the_page_signs_in_a_shell_is_accepted(tmp_path: Path):
    """The pair, the public key for the operator and the signed request, with nothing but openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on the PATH")
    _, pair, sign, _ = blocks("sh")
    (tmp_path / "event.json").write_bytes(BODY)
    curl = tmp_path / "bin" / "curl"
    curl.parent.mkdir()
    curl.write_text(CURL)
    curl.chmod(0o755)
    around = os.environ | {"PATH": f"{curl.parent}:{os.environ['PATH']}"}
    public = subprocess.run(["sh", "-ec", pair], cwd=tmp_path, env=around, check=True, capture_output=True)
    subprocess.run(["sh", "-ec", sign], cwd=tmp_path, env=around, check=True, capture_output=True)
    sent = (tmp_path / "sent").read_text().splitlines()
    assert sent[-3:] == ["--data-binary", "@event.json", "http://127.0.0.1:8601/v1/events"]
    headers = dict(line.split(": ", 1) for line in sent if ": " in line)
    kept = public_key("bank-sumsel", public.stdout.decode(), _now())
    assert _origin(kept, {name.lower(): value for name, value in headers.items()}) == kept.id


def _origin(kept: Credential, headers: dict[str, str]) -> str:
    """The key that is found to have signed a request."""
    who = asyncio.run(identify(Known(kept), headers, BODY, _now()))
    assert who.origin is not None
    return who.origin.key


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
