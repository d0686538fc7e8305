"""Every page: who may see it, and what it says; new ones are found by themselves."""

from __future__ import annotations

import csv
import io
import re

import pytest

from services.ledger.user_accounts import ROLES, Role
from services.wording.terms import LanguageTexts
from tests.consoles import PASSWORD, RunningConsole, post


@pytest.mark.parametrize("role", ROLES)
def test_everybody_who_signs_in_is_led_to_the_first_page(console: RunningConsole, role: Role):
    """It names who is signed in."""
    page = console.signed_in(role).get("/")
    assert page.status_code == 200
    assert f">{role}</span>" in page.text


def test_who_is_not_signed_in_is_led_there_and_back(console: RunningConsole):
    """The page that was wanted comes after the form."""
    with console.nobody() as client:
        sent = client.get("/claims?status=paid")
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/claims%3Fstatus%3Dpaid")
        back = post(client, sent.headers["location"], name="auditor", password=PASSWORD)
        assert (back.status_code, back.headers["location"]) == (303, "/claims?status=paid")


def test_a_list_shows_every_row_and_gives_them_as_a_file(console: RunningConsole):
    """The file has the rows of the page under its headings, in the language of the reader, codes beside their words."""
    client = console.signed_in("auditor")
    page = client.get("/claims")
    assert all(f'href="/claims/A-{n}"' in page.text for n in (1, 2, 3, 4))
    file = client.get("/claims?format=csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    entitled = sum(int(row["hak"]) for row in rows)
    assert entitled >= 42_000_000
    assert f'data-figure="claims.entitled" value="{entitled}"' in page.text
    assert file.headers["content-disposition"] == 'attachment; filename="claims.csv"'
    assert ("A-1", "42000000", "16.06.01", "Sekayu") in {
        (row["Klaim"], row["hak"], row["Kecamatan (kode)"], row["Kecamatan"]) for row in rows
    }
    client.get("/language/en")
    assert client.get("/claims?format=csv").text.startswith("Claim,Status (code),Status,")
    client.get("/language/id")
    who = {row["Klaim"]: (row["Harus bertindak"], row["Yang ditunggu"]) for row in rows}
    assert who["A-1"] == ("BPJS Ketenagakerjaan", "perintah bayar dikirim: Rp42.000.000")
    assert who["A-2"][0] == "keluarga dan instansi"
    assert "kartu keluarga" in who["A-2"][1]
    assert client.get("/claims?format=xlsx").content.startswith(b"PK")


def test_agencies_are_named_on_pages_and_as_registered_in_files(console: RunningConsole):
    """A list and its filter say the name as people write it.

    The file and the address keep the one that commands take.
    """
    client = console.signed_in("auditor")
    page, file = client.get("/claims").text, client.get("/claims?format=csv").text
    senders = {row["Instansi pengaju"] for row in csv.DictReader(io.StringIO(file))}
    assert "dinsos" in senders
    for sender in senders:
        name = LanguageTexts.agency(sender)
        assert name != sender
        assert f'<span title="{sender}">{name}</span>' in page
        assert re.search(rf'<option value="{sender}"[^>]*>{name} ', page)
    assert re.search(r"Dinsos <code>dinsos</code>", client.get("/agencies").text)


def test_pages_speak_both_languages(console: RunningConsole):
    """The choice is kept."""
    with console.nobody() as client:
        assert '<html lang="id">' in client.get("/sign-in").text
        assert client.get("/language/en?next=/sign-in").headers["location"] == "/sign-in"
        assert '<html lang="en">' in client.get("/sign-in").text


def test_what_a_page_is_made_of_is_there_and_ours(console: RunningConsole):
    """Style, colour, script, logo: each is answered, as what it is, from this host."""
    client = console.signed_in("auditor")
    parts = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"', client.get("/").text)
    assert len(parts) == 6
    kinds = {part: client.get(part).headers["content-type"].partition(";")[0] for part in parts}
    assert set(kinds.values()) == {"text/css", "text/javascript", "image/svg+xml"}
