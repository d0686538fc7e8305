"""Forms that could not be taken: they come back as they were typed, with what is wrong at the field."""

from __future__ import annotations

import re

import pytest

from services.ledger.user_accounts import Role
from tests.consoles import HOSTILE, RunningConsole, post, settled

UNASKED = re.compile(r" --[a-z]|kelambu [a-z]|Usage")
"""Words of the command line, which tell nothing to whoever uses a browser."""


def wrong_fields(page: str) -> list[str]:
    """The fields that say they are wrong, each with a sentence that it is described by."""
    found = re.findall(r'<(?:input|textarea|select|fieldset) [^>]*aria-invalid="true"[^>]*>', page)
    for one in found:
        told = re.search(r'aria-describedby="[^"]*(error-[^" ]+)"', one)
        assert told, one
        assert f'id="{told[1]}"' in page
    return [re.search(r'id="field-([^"]+)"', one)[1] for one in found]  # type: ignore[index]


def errors(page: str) -> str:
    """What stands above the page."""
    found = re.search(r'<div class="errors" role="alert">(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return found[1]


FORMS: list[tuple[Role, str, str, dict[str, str], list[str]]] = [
    ("auditor", "/claims", "/claims/find", {"text": "00999"}, ["text"]),
    ("auditor", "/claims/A-1", "/claims/A-1/unmask", {"reason": " "}, ["reason"]),
    ("auditor", "/claims/A-1/letter", "/claims/A-1/letter/names", {"reason": ""}, ["reason"]),
    (
        "auditor",
        "/samples/new",
        "/samples/freeze",
        {"name": "s-<b>", "tolerable": "-5%", "size": "many", "from": "31-02-2026", "to": "01-01-9999"},
        ["tolerable", "size", "from", "to"],
    ),
    ("auditor", "/samples/new", "/samples/freeze", {"name": "S 1", "tolerable": "5%"}, ["name"]),
    (
        "auditor",
        "/engagements",
        "/engagements/begin",
        {"number": "9/ST", "letter": "", "from": "x", "to": "01-01-2026", "until": "", "districts": "99"},
        ["letter", "from", "until", "districts"],
    ),
    (
        "auditor",
        "/exports",
        "/exports/begin",
        {"clear": "1", "form": "doc", "reason": ""},
        ["form", "reason"],
    ),
    ("auditor", "/sql", "/sql/ask", {"question": "", "reason": "to see"}, ["question"]),
    ("auditor", "/sql", "/sql/ask", {"question": "SELECT 1", "reason": "x" * 10_001}, ["reason"]),
    ("auditor", "/sql", "/sql/ask", {"question": "SELECT \x00", "reason": "to see"}, ["question"]),
    ("officer", "/claims", "/claims/find", {"text": HOSTILE}, ["text"]),
]


@pytest.mark.parametrize(("role", "page", "address", "typed", "wrong"), FORMS)
def test_a_form_comes_back_as_it_was_typed(
    console: RunningConsole, role: Role, page: str, address: str, typed: dict[str, str], wrong: list[str]
):
    """All that is wrong is said at its field, the first of which has the focus; nothing typed is lost."""
    answer = post(console.signed_in(role), address, page=page, **typed)
    assert answer.status_code == 400
    assert sorted(wrong_fields(answer.text)) == sorted(wrong)
    assert answer.text.count(" autofocus") == 1
    assert not UNASKED.search(errors(answer.text))
    for name, value in typed.items():
        shown = value.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        shown = shown.replace("'", "&#39;").replace('"', "&#34;").replace("\x00", "\ufffd")
        if name != "clear":
            assert (
                f">{shown}<" in answer.text
                or f'value="{shown}"' in answer.text
                or f"\n{shown}<" in answer.text
            )
    assert ('name="clear" value="1" checked' in answer.text) == ("clear" in typed)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("/claims?district=NOWHERE&status=ordered", "district"),
        ("/claims?status=gone", "status"),
        ("/claims?agency=nobody", "agency"),
        ("/claims?programme=JHT", "programme"),
        ("/claims?obstacle=moon", "obstacle"),
        ("/claims?amount_from=-7", "amount_from"),
        ("/claims?filed_from=01-01-9999", "filed_from"),
        ("/claims?sort=colour", "sort"),
        ("/exceptions?kind=moon", "kind"),
        ("/exceptions?on=31-12-9999", "on"),
        ("/deadlines?agency=nobody", "agency"),
        ("/work?reason=moon", "reason"),
        ("/work?district=NOWHERE", "district"),
        ("/reading-log?by=nobody", "by"),
        ("/reading-log?engagement=none", "engagement"),
        ("/samples/plan?tolerable=200%25", "tolerable"),
        ("/what-if?rulebook=moon", "rulebook"),
        ("/rulebook?on=31-02-2026", "on"),
        ("/rulebook?confidence=moon", "confidence"),
        ("/claims?district=%07", "district"),
    ],
)
def test_a_filter_that_cannot_be_says_so_and_what_there_is(console: RunningConsole, address: str, wrong: str):
    """At the filter, in which it stands as it was typed; the rest is shown without it, and no file is given."""
    client = console.signed_in("auditor")
    answer = settled(client, address)
    assert answer.status_code == 400
    assert wrong_fields(answer.text) == [wrong]
    assert not UNASKED.search(errors(answer.text))
    typed = (
        dict(re.findall(r"[?&](\w+)=([^&]*)", address))[wrong].replace("%25", "%").replace("%07", "\ufffd")
    )
    assert f'value="{typed}"' in answer.text
    assert client.get(f"{address}&format=csv").status_code == 400
    if address.endswith("status=ordered"):
        assert '<option value="ordered" selected>' in answer.text


def test_a_list_asked_from_nowhere_is_its_first_page(console: RunningConsole):
    """``page=-1`` and pages past the end are no errors."""
    for asked in ("-1", "0", "99999999999999999999", "x"):
        assert 'href="/claims/A-1"' in console.signed_in("auditor").get(f"/claims?page={asked}").text
