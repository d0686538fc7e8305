"""A letter that is brought.

Whether the fund has said so, by the text of its code, on a page that opens and records nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.audit_trail.trail import read
from services.claim_file.assembly import assemble
from services.claim_file.result import calculated
from services.claim_file.signing import with_signed_line
from services.ledger.user_accounts import Role
from services.notary.key_changes import ensure_keys
from services.notary.origins import log_origin
from tests.consoles import RunningConsole, lives, running_console


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console of an installation whose notary has made its keys."""
    with running_console(tmp_path_factory.mktemp("letters"), *lives()) as running:
        installation = running.installation
        origin = log_origin(installation.identity.id, 1)
        running.run(ensure_keys(installation, installation.settings.signing_keys, origin, begun=False))
        yield running


@pytest.fixture(scope="module")
def line(book: RunningConsole) -> str:
    """What the code of the letter about a claim holds."""
    file = book.run(assemble(book.installation, "A-1"))
    assert file is not None
    return with_signed_line(book.installation, file, calculated(file)[0]).signed_line


@pytest.mark.parametrize("role", ["officer", "supervisor", "auditor"])
def test_a_genuine_letter_is_told_from_a_changed_one(book: RunningConsole, line: str, role: Role):
    """As it is, wrapped on its way, with another sum; the claim is led to, and the command says the same.

    Nothing is recorded.
    """
    client = book.signed_in(role)
    before = book.run(read(book.installation))
    assert 'href="/letters"' in client.get("/").text
    fields = line.split("|")
    wrapped = f"{line[:60]}\r\n  {line[60:]}"
    for text in (line, wrapped):
        page = client.get("/letters", params={"text": text})
        assert "✓ Surat ini memang dari dana ini, dan isinya masih berlaku." in page.text
        assert 'href="/claims/A-1"' in page.text
        assert 'class="notice good"' in page.text
    assert f"kelambu letter --check &#39;{line}&#39;" in client.get("/letters", params={"text": line}).text
    forged = client.get("/letters", params={"text": "|".join([*fields[:3], "99000000", *fields[4:]])})
    assert "✗ Surat ini tidak ditandatangani dengan kunci surat dana ini" in forged.text
    assert "Rp99.000.000" in forged.text
    assert 'class="errors"' in forged.text
    assert 'href="/claims/A-1"' not in forged.text
    assert book.run(read(book.installation)) == before


def test_what_is_no_code_stands_again_in_its_field(book: RunningConsole, line: str):
    """With what is wrong beside it, in both languages; half a code is none."""
    client = book.sign_in(book.nobody(), "officer")
    for text in ("bukan kode", line[:-9]):
        page = client.get("/letters", params={"text": text})
        assert page.status_code == 400
        assert "Ini bukan kode surat, atau tidak utuh." in page.text
        assert text in page.text
    client.get("/language/en")
    assert "This is no code of a letter" in client.get("/letters", params={"text": "no code"}).text
    assert "this letter is from this fund" in client.get("/letters", params={"text": line}).text.lower()


def test_an_operator_does_not_look_at_claims_here(book: RunningConsole, line: str):
    """The page is for whoever reads letters."""
    client = book.signed_in("operator")
    assert client.get("/letters", params={"text": line}).status_code == 403
    assert 'href="/letters"' not in client.get("/").text
