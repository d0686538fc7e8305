"""Signing in, sessions and accounts."""

from __future__ import annotations

import datetime as dt
import io
import json

import httpx
import pytest

from services.audit_trail.records import AccountChanged, SignInRecorded
from services.audit_trail.trail import TrailSignature, read
from services.cli import main
from services.console.access import within
from services.ledger import keys
from services.ledger.sessions import ATTEMPTS, IDLE, LONGEST, SignInAttempts
from services.operations import accounts
from services.texts.catalogue import text
from tests.consoles import PASSWORD, RunningConsole, post

WRONG = PASSWORD.upper()

BY: TrailSignature = {"by": "operator", "reason": "a test", "engagement": ""}


def is_signed_in(client: httpx.Client) -> bool:
    """Whether the first page is shown."""
    return client.get("/").status_code == 200


def tried(console: RunningConsole, name: str, times: int) -> None:
    """Count attempts by a name that were made elsewhere."""
    for _ in range(times):
        console.run(SignInAttempts(console.installation.core).count(name))


def outcomes(console: RunningConsole, name: str) -> list[str]:
    """What the audit trail says of an account, oldest first."""
    records = [entry.record for entry in console.run(read(console.installation))]
    told = {SignInRecorded: "outcome", AccountChanged: "change"}
    return [
        getattr(one, told[type(one)])
        for one in records
        if isinstance(one, SignInRecorded | AccountChanged) and one.account == name
    ]


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("/claims?status=paid&page=2", "/claims?status=paid&page=2"),
        ("", "/"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example/", "/"),
        ("/claims\r\nset-cookie: a=b", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/elsewhere.example", "/"),
    ],
)
def test_nobody_is_led_elsewhere(address: str, to: str):
    """Only to an address of the console."""
    assert within(address) == to


def test_signing_in_begins_a_session_under_a_new_id(console: RunningConsole):
    """An id that somebody has planted is not taken, and the one that the browser had is over."""
    with console.nobody() as client, console.nobody() as other:
        client.cookies.set("session", "planted", domain="127.0.0.1", path="/")
        console.sign_in(client, "auditor")
        first = client.cookies["session"]
        assert first != "planted"
        other.cookies.set("session", first)
        assert is_signed_in(other)
        client.post("/sign-in", data={})  # of a session: without its secret nothing happens
        assert client.cookies["session"] == first
        csrf = client.get("/").text.partition('name="csrf" value="')[2].partition('"')[0]
        again = client.post("/sign-in", data={"csrf": csrf, "name": "auditor", "password": PASSWORD})
        assert again.status_code == 303
        assert client.cookies["session"] != first
        assert not is_signed_in(other)


def test_no_script_and_no_other_site_has_the_cookies(console: RunningConsole):
    """Their attributes say so; on this machine they go without TLS."""
    with console.nobody() as client:
        answer = post(client, "/sign-in", name="auditor", password=PASSWORD)
        cookies = [one.lower() for one in answer.headers.get_list("set-cookie")]
        assert all("httponly" in one and "samesite=strict" in one and "path=/" in one for one in cookies)
        assert len(cookies) == 2


def test_the_server_does_not_know_the_id_of_a_session(console: RunningConsole):
    """Only its hash."""
    with console.nobody() as client:
        name = console.sign_in(client, "auditor").cookies["session"]
        core = console.installation.core

        async def everything() -> str:
            found = [key async for key in core.scan_iter(keys.session("*"))]
            return str([*found, *[await core.get(key) for key in found]])

        assert name not in console.run(everything())


@pytest.mark.parametrize("idle", [True, False])
def test_a_session_ends(console: RunningConsole, idle: bool):
    """Half an hour after nothing was done in it, and eight hours after it began whatever is done."""
    began = console.clock.now
    with console.nobody() as client:
        console.sign_in(client, "auditor")
        try:
            if not idle:
                while console.clock.now - began < LONGEST - IDLE:
                    console.clock.now += IDLE - dt.timedelta(minutes=1)
                    assert is_signed_in(client)
                console.clock.now = began + LONGEST - dt.timedelta(seconds=1)
            else:
                console.clock.now += IDLE - dt.timedelta(seconds=1)
            assert is_signed_in(client)
            console.clock.now += IDLE if idle else dt.timedelta(seconds=1)
            assert not is_signed_in(client)
        finally:
            console.clock.now = began


def test_signing_out_ends_the_session(console: RunningConsole):
    """Also for whoever has kept its id."""
    with console.nobody() as client, console.nobody() as other:
        console.sign_in(client, "auditor")
        other.cookies.set("session", client.cookies["session"])
        assert post(client, "/sign-out", page="/").status_code == 303
        assert not is_signed_in(client)
        assert not is_signed_in(other)


def test_after_five_failures_the_name_is_locked(console: RunningConsole):
    """The right password does not help for a quarter of an hour, unless an operator unlocks it.

    All of it is recorded.
    """
    console.add_account("tina", "auditor")
    with console.nobody() as client:
        tried(console, "tina", ATTEMPTS - 2)
        for _ in range(2):
            told = post(client, "/sign-in", name="tina", password=WRONG).text
            assert "keliru" in told
            assert text("console.form.without").id not in told
        locked = post(client, "/sign-in", name="tina", password=PASSWORD)
        assert (locked.status_code, "Terlalu banyak percobaan" in locked.text) == (403, True)
        console.run(accounts.set_locked(console.installation, "tina", locked=False, signature=BY))
        console.sign_in(client, "tina")
    assert outcomes(console, "tina") == ["refused", "locked", "unlocked", "signed-in"]


def test_an_unknown_name_is_told_from_a_known_one_by_nothing(console: RunningConsole):
    """Neither by the page, in which the name stands as it was typed, nor by how often one may try."""
    console.add_account("yani", "auditor")
    told = []
    with console.nobody() as client:
        for name in ("yani", "nobody"):
            pages = [post(client, "/sign-in", name=name, password=WRONG)]
            tried(console, name, ATTEMPTS - 1)
            pages.append(post(client, "/sign-in", name=name, password=WRONG))
            told.append([(page.status_code, page.text.replace(f'value="{name}"', "")) for page in pages])
    assert told[0] == told[1]


def test_a_change_of_an_account_ends_its_sessions(console: RunningConsole):
    """Of its password, of its roles, a lock, its end."""
    here = console.installation
    console.run(accounts.add_account(here, "wati", ("auditor",), "", PASSWORD, BY))
    with console.nobody() as client:
        console.sign_in(client, "wati")
        console.run(accounts.set_roles(here, "wati", ("officer",), "bpjs", BY))
        assert not is_signed_in(client)
        console.sign_in(client, "wati")
        console.run(accounts.set_password(here, "wati", f"{PASSWORD}-2", BY))
        assert not is_signed_in(client)
        console.sign_in(client, "wati", f"{PASSWORD}-2")
        console.run(accounts.set_locked(here, "wati", locked=True, signature=BY))
        assert not is_signed_in(client)
        assert post(client, "/sign-in", name="wati", password=f"{PASSWORD}-2").status_code == 403
        console.run(accounts.set_locked(here, "wati", locked=False, signature=BY))
        console.sign_in(client, "wati", f"{PASSWORD}-2")
        console.run(accounts.remove_account(here, "wati", BY))
        assert not is_signed_in(client)
        console.run(accounts.add_account(here, "wati", ("auditor",), "", PASSWORD, BY))
        assert not is_signed_in(client)
    changes = ["added", "signed-in", "roles", "signed-in", "password", "signed-in", "locked", "refused"]
    assert outcomes(console, "wati") == [*changes, "unlocked", "signed-in", "removed", "added"]


def test_accounts_are_made_and_changed_by_commands(
    console: RunningConsole, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The password comes from standard input, never from an argument; what cannot be is refused with what to do."""
    for name, value in console.installation.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KELAMBU_LANG", "en")

    def user(*arguments: str, password: str = "", code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        assert main(["user", *arguments]) == code
        return " ".join("".join(capsys.readouterr()).split())

    assert "12 to 256" in user("add", "dewi", "--role", "auditor", password="short", code=2)  # noqa: S106
    assert "--agency" in user("add", "dewi", "--role", "officer", password=PASSWORD, code=2)
    assert "no agency" in user("add", "dewi", "--role", "officer", "--agency", "x", password=PASSWORD, code=2)
    assert "Use 2 to 64" in user("add", "de/wi", "--role", "auditor", password=PASSWORD, code=2)
    user(
        "add",
        "Dewi",
        "--role",
        "officer",
        "--agency",
        "bpjs",
        "--by",
        "rini",
        "--reason",
        "new",
        password=PASSWORD,
    )
    assert "already" in user("add", "dewi", "--role", "auditor", password=PASSWORD, code=2)
    with console.nobody() as client:
        console.sign_in(client, "dewi")
        user("roles", "dewi", "--role", "auditor", "--role", "supervisor")
        assert not is_signed_in(client)
        user("password", "dewi", password=WRONG)
        console.sign_in(client, "dewi", WRONG)
        user("lock", "dewi")
        assert not is_signed_in(client)
    listed = {one["name"]: one for one in json.loads(user("list", "--json"))}
    assert (listed["dewi"]["roles"], listed["dewi"]["locked"]) == (["auditor", "supervisor"], True)
    assert PASSWORD not in str(listed)
    assert "dewi" in user("list")
    user("unlock", "dewi")
    user("remove", "dewi")
    assert "no account dewi" in user("remove", "dewi", code=2)
    (first, *_) = [one for one in console.run(read(console.installation)) if one.by == "rini"]
    assert (first.record, first.reason) == (
        AccountChanged(account="dewi", change="added", roles=("officer",), agency="bpjs"),
        "new",
    )


def test_an_operator_changes_accounts_and_never_locks_the_last_one_out(console: RunningConsole):
    """Made, given roles, locked and unlocked, each with a reason that is recorded; a password comes back on no page."""
    client = console.signed_in("operator")
    made = {"name": "Lastri", "role": "officer", "agency": "bpjs", "password": PASSWORD, "again": PASSWORD}
    short = post(client, "/accounts/add", page="/accounts", **made | {"again": "x", "role": ""})
    assert short.status_code == 400
    assert all(f'id="error-field-{name}"' in short.text for name in ("again", "role", "reason"))
    assert PASSWORD not in short.text
    sent = post(client, "/accounts/add", page="/accounts", **made, reason="surat 1")
    assert sent.headers["location"] == "/accounts/lastri"
    assert post(client, "/accounts/add", page="/accounts", **made, reason="lagi").status_code == 409
    own = "/accounts/lastri"
    with console.nobody() as other:
        console.sign_in(other, "lastri")
        roles = {"role": "supervisor", "agency": "", "reason": "surat 2"}
        assert post(client, f"{own}/roles", page=own, **roles).status_code == 303
        assert other.get("/").status_code == 303
        assert post(client, f"{own}/lock", page=own, locked="1", reason="surat 3").status_code == 303
        assert post(other, "/sign-in", name="lastri", password=PASSWORD).status_code == 403
    changed = {"password": f"{PASSWORD}-2", "again": f"{PASSWORD}-2", "reason": "surat 4"}
    assert post(client, f"{own}/password", page=own, **changed).status_code == 303
    assert post(client, f"{own}/lock", page=own, locked="0", reason="surat 5").status_code == 303
    last = "/accounts/operator"
    refused = post(client, f"{last}/lock", page=last, locked="1", reason="cuti")
    assert (refused.status_code, "operator terakhir" in refused.text) == (400, True)
    itself = post(client, f"{last}/roles", page=last, role=["operator", "auditor"], reason="cuti")
    assert (itself.status_code, text("console.accounts.own-roles").id in itself.text) == (400, True)
    assert f'action="{last}/roles"' not in client.get(last).text
    told = [
        (one.by, one.reason, one.record.change)
        for one in console.run(read(console.installation))
        if isinstance(one.record, AccountChanged) and one.record.account == "lastri"
    ]
    (given,) = [
        one.record
        for one in console.run(read(console.installation))
        if isinstance(one.record, AccountChanged) and (one.by, one.reason) == ("operator", "surat 2")
    ]
    assert (given.roles_before, given.agency_before, given.roles) == (("officer",), "bpjs", ("supervisor",))
    log = console.signed_in("auditor").get("/reading-log?kind=account-changed&by=operator").text
    assert "mengubah peran akun lastri, dari petugas (bpjs) menjadi penyelia" in log
    changes = ["added", "roles", "locked", "password", "unlocked"]
    assert told == [("operator", f"surat {n}", change) for n, change in enumerate(changes, 1)]
