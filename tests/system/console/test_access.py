"""Roles hold on every page and act; new ones are found by themselves."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from litestar.handlers import HTTPRouteHandler
from markupsafe import escape

from services.console.access import RoleGuard
from services.console.application import MAX_BODY, POLICY, routes
from services.ledger.user_accounts import ROLES, Role
from tests.consoles import HOSTILE, PASSWORD, RunningConsole, finished, running_console, secret

SAMPLES = {
    "agencies": "dinsos",
    "claims": "A-5",
    "controls": "paid-twice",
    "findings": "T-5",
    "language": "id",
    "samples": "S-5",
    "static": "console.css",
}
"""What stands in an address behind its first part; anything else is ``x``."""
ONLY_FOR = "Hanya untuk peran"


class Act:
    """A page or an act: its method, an address of it, and the roles that may; None for everybody."""

    def __init__(self, handler: HTTPRouteHandler, method: str, path: str) -> None:
        self.method = method
        self.path = re.sub(r"\{\w+:\w+\}", SAMPLES.get(path.split("/")[1], "x"), path)
        guards = [guard for guard in handler.guards or () if isinstance(guard, RoleGuard)]
        self.everybody = bool(handler.opt.get("everybody"))
        self.roles = guards[0].roles if guards else ()

    def __repr__(self) -> str:
        return f"{self.method} {self.path}"


def acts() -> Iterator[Act]:
    """Every page and act that there is."""
    for handler in routes():
        assert isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods:
            for path in handler.paths:
                yield Act(handler, str(method), path)


ACTS = list(acts())


def test_every_page_says_who_may_see_it():
    """Either everybody, or who has one of some roles."""
    assert [act for act in ACTS if act.everybody == bool(act.roles)] == []


def test_who_is_not_signed_in_is_led_to_the_form(console: RunningConsole):
    """To see a page and to do something, but for what is for everybody."""
    with console.nobody() as client:
        answers = [(act, client.request(act.method, act.path)) for act in ACTS if not act.everybody]
    led = [answer.headers.get("location", "").partition("?")[0] for _, answer in answers]
    assert [act for (act, _), to in zip(answers, led, strict=True) if to != "/sign-in"] == []


@pytest.mark.usefixtures("written")
def test_what_was_written_is_shown_letter_by_letter(console: RunningConsole):
    """It stands on these pages, and is no markup there."""
    client, told = console.signed_in("auditor"), str(escape(HOSTILE))
    paths = ("/findings/T-5", "/reading-log", "/engagements", f"/engagements/one?number={quote(HOSTILE)}")
    pages = {path: finished(client, path) for path in paths}
    assert [path for path, text in pages.items() if told not in text or "<script>" in text] == []


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_its_pages_and_no_other(console: RunningConsole, role: Role):
    """Another page says which roles may see it; none that may be seen fails, or shows what was written as markup."""
    client, wrong = console.signed_in(role), list[object]()
    for act in (one for one in ACTS if one.method == "GET" and not one.everybody):
        answer = client.get(act.path)
        if role not in act.roles:
            wrong += [act] if answer.status_code != 403 or ONLY_FOR not in answer.text else []
            continue
        wrong += [(act, answer.status_code)] if answer.status_code not in (200, 303, 400, 404) else []
        wrong += [(act, "markup")] if HOSTILE in answer.text or "<script>" in answer.text else []
        wrong += [(act, "policy")] if answer.headers["content-security-policy"] != POLICY else []
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_what_is_its_own_and_no_other(console: RunningConsole, role: Role):
    """With the secret of its forms; without it nothing at all."""
    client, wrong = console.signed_in(role), list[object]()
    own = secret(client, "/")
    for act in (one for one in ACTS if one.method == "POST" and not one.everybody):
        for given in ("", "a" * len(own)):
            refused = client.post(act.path, data={"csrf": given})
            wrong += [(act, given)] if refused.status_code != 403 or ONLY_FOR in refused.text else []
        if role not in act.roles:
            refused = client.post(act.path, data={"csrf": own})
            wrong += [act] if refused.status_code != 403 or ONLY_FOR not in refused.text else []
    assert wrong == []


def test_a_form_of_another_site_is_refused(console: RunningConsole):
    """Although it knows the secret: the browser says where it stands."""
    client = console.signed_in("auditor")
    fields = {"csrf": secret(client, "/")}
    for headers in (
        {"origin": "https://elsewhere.example"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "null"},
    ):
        assert client.post("/sign-out", data=fields, headers=headers).status_code == 403
    assert client.get("/").status_code == 200


def test_another_name_of_the_host_is_refused(console: RunningConsole):
    """So that no page of another site, by a name that leads here, speaks for this one."""
    with console.nobody() as client:
        for host in ("elsewhere.example", "127.0.0.1.elsewhere.example", "localhost:8602:1"):
            assert client.get("/sign-in", headers={"host": host}).status_code == 421
        assert client.get("/sign-in", headers={"host": "localhost:8602"}).status_code == 200
    address = urlsplit(console.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as nameless:
        nameless.sendall(b"GET /sign-in HTTP/1.0\r\n\r\n")
        assert b" 421 " in nameless.recv(64)


def test_every_answer_carries_the_rules_for_browsers(console: RunningConsole):
    """Pages, errors, files, what is led on.

    None is kept by anybody, but for what changes its address with its content.
    """
    client = console.signed_in("auditor")
    for path in ("/", "/nowhere", "/claims?format=csv", "/language/id", "/static/console.css"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert ("immutable" in headers["cache-control"]) == path.startswith("/static/")
        assert path.startswith("/static/") or headers["cache-control"] == "no-store"


def test_what_is_not_there_says_so(console: RunningConsole):
    """The page has the frame of every other."""
    answer = console.signed_in("officer").get("/nowhere/at/all")
    assert answer.status_code == 404
    assert "Tidak ditemukan" in answer.text
    assert 'aria-label="Menu"' in answer.text


def test_what_is_too_large_is_not_read(console: RunningConsole):
    """More than a megabyte is no form of ours."""
    client = console.signed_in("auditor")
    answer = client.post("/sign-out", data={"csrf": secret(client, "/"), "more": "a" * MAX_BODY})
    assert answer.status_code == 413
    assert "1 MB" in answer.text
    assert client.get("/").status_code == 200


def test_head_asks_what_get_does(console: RunningConsole):
    """As proxies and monitors ask."""
    with console.nobody() as client:
        answer = client.head("/sign-in")
        assert (answer.status_code, answer.content) == (200, b"")


def test_behind_tls_cookies_go_over_it_only_and_a_server_that_is_away_is_said(tmp_path: Path):
    """Under names that no other host of the domain can set; a form counts only from the address of the site.

    What is said of the server says what to do; style and script are still there.
    """
    site, host = "https://konsol.muba.go.id", "konsol.muba.go.id"
    with running_console(tmp_path, console_address=site) as running, running.nobody() as client:
        client.headers["host"] = host
        form = client.get("/sign-in")
        assert "max-age=" in form.headers["strict-transport-security"]
        assert form.headers["set-cookie"].startswith("__Host-form=")
        assert "secure" in form.headers["set-cookie"].lower()
        own = form.text.partition('name="csrf" value="')[2].partition('"')[0]
        client.headers["cookie"] = f"__Host-form={own}"
        fields = {"csrf": own, "name": "auditor", "password": PASSWORD}
        for elsewhere in ("http://konsol.muba.go.id", "https://konsol.muba.go.id:8443"):
            assert client.post("/sign-in", data=fields, headers={"origin": elsewhere}).status_code == 403
        done = client.post("/sign-in", data=fields, headers={"origin": site})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        session = next(one for one in done.headers.get_list("set-cookie") if "session" in one)
        client.headers["cookie"] = session.partition(";")[0]
        assert client.get("/playbook").status_code == 200
        running.server.process.kill()
        running.server.process.wait()
        page = client.get("/playbook")
        assert page.status_code == 503
        assert "kelambu doctor" in page.text
        assert client.get("/static/console.css").status_code == 200
