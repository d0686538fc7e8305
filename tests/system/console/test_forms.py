"""Forms that could not be taken: they come back as they were typed, with what is wrong at the field."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from services.ledger.user_accounts import Role
from services.texts.catalogue import text
from tests.consoles import (
    HOSTILE,
    RunningConsole,
    finished,
    kind_of_page,
    page_kinds,
    post,
    secret,
    settled,
)

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


@pytest.mark.parametrize(
    ("address", "name", "known"),
    [
        ("/claims?distrct=16.06.01&status=ordered", "distrct", "district"),
        ("/exceptions?knd=held", "knd", "kind"),
        ("/deadlines?group=month", "group", "by"),
        ("/claims/A-1?stp=1", "stp", "step"),
        ("/agencies/rsud?<b>=1", "&lt;b&gt;", "on"),
        ("/samples/new?tolerabel=5%25", "tolerabel", "tolerable"),
        ("/officers?x=", "x", ""),
    ],
)
def test_a_name_that_a_page_does_not_know_is_said(
    console: RunningConsole, address: str, name: str, known: str
):
    """With the names that it knows; the rest is shown, narrowed by what is known, and no file is given."""
    client = console.signed_in("auditor")
    answer = settled(client, address)
    assert answer.status_code == 400
    said = errors(answer.text)
    assert f"tidak mengenal saringan «{name}»" in said
    assert (
        known in re.split(r"[ ,.]+", said.partition("Yang dikenal: ")[2])
        if known
        else "Yang dikenal" not in said
    )
    assert 'href="#field-' not in said
    assert "<h1>" in answer.text
    if "status=ordered" in address:
        assert '<option value="ordered" selected>' in answer.text
    asked = client.get(f"{address}&format=csv")
    assert asked.headers["content-type"].startswith("text/html")
    assert asked.status_code == 400


def test_a_form_on_a_page_with_a_name_that_is_not_known_comes_back_on_it(console: RunningConsole):
    """What is wrong with the form is said, once."""
    client = console.signed_in("auditor")
    fields = {"csrf": secret(client, "/claims?distrct=1"), "text": "nobody-has-this"}
    came_from = {"referer": f"{console.url}/claims?distrct=1"}
    answer = client.post("/claims/find", data=fields, headers=came_from)
    assert answer.status_code == 400
    assert wrong_fields(answer.text) == ["text"]
    assert "distrct" not in errors(answer.text)


_EVERYWHERE = ("known_on", "true_on", "page", "list", "format")
_ELSEWHERE = re.compile(
    r"/(static|language|sign-out|sign-in|file|frame|bundle|download|proof|opened)\b|/unmask|[?&](format|pdf)="
)


@pytest.mark.parametrize("role", ["auditor", "officer", "operator"])
def test_no_link_names_what_its_page_does_not_know(console: RunningConsole, written: None, role: Role):
    """Of each kind of page every set of names that a link of ours asks it by, wherever it stands."""
    del written
    client, kinds = console.signed_in(role), page_kinds(_ELSEWHERE)
    waiting, seen, asked = ["/"], set[tuple[str, frozenset[str]]](), 0
    while waiting:
        address = waiting.pop(0)
        answer = settled(client, address)
        assert "tidak mengenal saringan" not in answer.text, address
        for link in re.findall(r' href="(/[^"#]*)', answer.text):
            parts = urlsplit(unescape(link))
            query = [one for one in parse_qsl(parts.query) if one[0] not in _EVERYWHERE]
            way = kind_of_page(parts.path, kinds), frozenset(name for name, _ in query)
            if way[0] and way not in seen and not _ELSEWHERE.search(unescape(link)):
                seen.add(way)
                asked += bool(query)
                waiting.append(urlunsplit(("", "", parts.path, urlencode(query), "")))
    assert asked, "links that ask something are followed"


def test_codes_are_said_in_words(console: RunningConsole):
    """Of a filter by which nothing is found, and of the values that there are."""
    client = console.signed_in("auditor")
    nothing = finished(client, "/exceptions?kind=paid-beyond-order&claim=NO-SUCH")
    assert "<li>jenis: <strong>Dibayar melebihi perintah</strong></li>" in nothing
    said = errors(settled(client, "/exceptions?kind=moon").text)
    assert "Dibayar melebihi perintah" in said
    assert "paid-beyond-order" not in said
    assert "<h1>account-changed</h1>" not in client.get("/rulebook/account-changed").text


def test_a_search_that_finds_nothing_shows_nothing(console: RunningConsole):
    """Where every claim stood below the fault they were taken for what was found; the list is one step away."""
    client = console.signed_in("auditor")
    wrong = post(client, "/claims/find", page="/claims", text="nobody-has-this").text
    assert wrong_fields(wrong) == ["text"]
    assert 'id="list-claims"' not in wrong
    assert 'href="/claims">daftar semua klaim</a>' in wrong
    assert 'id="list-claims"' in client.get("/claims").text


def test_the_way_back_leads_to_what_a_form_was_answered_with(console: RunningConsole):
    """A browser keeps that answer alone, and until somebody signs out."""
    client = console.sign_in(console.nobody(), "auditor")
    wrong = post(client, "/claims/find", page="/claims", text="nobody-has-this")
    assert wrong.headers["cache-control"] == "private, no-cache"
    found = post(client, "/claims/find", page="/claims", text="A-1")
    assert [found.headers["cache-control"], client.get("/claims").headers["cache-control"]] == [
        "no-store"
    ] * 2
    assert post(client, "/sign-out", page="/").headers["clear-site-data"] == '"cache"'


def test_a_list_asked_from_nowhere_is_its_first_page(console: RunningConsole):
    """``page=-1`` and pages past the end are no errors."""
    for asked in ("-1", "0", "99999999999999999999", "x"):
        assert 'href="/claims/A-1"' in console.signed_in("auditor").get(f"/claims?page={asked}").text


def test_what_was_done_is_said_once(console: RunningConsole):
    """By the page that the browser is led to, which takes the focus there.

    Not when it is loaded again, nor for what is no act.
    """
    client = console.sign_in(console.nobody(), "auditor")
    said = text("console.done.engagement-left").id
    answer = post(client, "/engagements/choose", page="/engagements", number="")
    assert (answer.status_code, answer.headers["location"]) == (303, "/engagements")
    first, again = client.get("/engagements").text, client.get("/engagements").text
    assert re.search(f'<p [^>]*role="status"[^>]*autofocus>{re.escape(said)}</p>', first)
    assert said not in again
    client.cookies.set("done", "no-such-act")
    assert client.get("/engagements").status_code == 200
