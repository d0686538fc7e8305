"""Findings about exceptions.

Opened from their page and by the command alike, assessed and followed as those about hits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.ledger.user_accounts import Role
from tests.consoles import RunningConsole, commands_over, post, running_console, settled
from tests.lives import Life, heir
from tests.small_installation import niks

WHERE = "/exceptions?kind=paid-beyond-order"
ITEM = "P-1/P-1.1"
BOX = f'type="checkbox" form="choose" name="item" value="{ITEM}"'


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over a book of its own, in which a claim was paid more than was ordered: ``P-1``."""
    paid = Life(niks(12)[-1]).insured().filed("P-1").died(claim="P-1").heirs(heir(), claim="P-1")
    paid = paid.paid("P-1.1", 42_000_007, "P-1", "P-1-paid")
    with running_console(Path(tmp_path_factory.mktemp("findings")), paid) as running:
        yield running


@pytest.fixture
def command(
    book: RunningConsole, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Runs a command over the same book; returns how it ended and what it says."""
    return commands_over(book, capsys, monkeypatch)


def seen(book: RunningConsole, address: str, role: Role = "auditor") -> str:
    """A page as of now."""
    page = settled(book.signed_in(role), address)
    assert page.status_code == 200, page.text
    return page.text


def test_a_finding_about_an_exception_goes_from_its_page_to_follow_up(
    book: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """Of one kind, by an auditor, with a reason, once; and it is not followed while the exception is there."""
    auditor, supervisor = book.signed_in("auditor"), book.signed_in("supervisor")
    assert BOX in seen(book, WHERE)
    assert BOX not in seen(book, WHERE, "supervisor")
    assert 'name="item"' not in seen(book, "/exceptions")
    opened: dict[str, Any] = {"kind": "paid-beyond-order", "item": ITEM, "note": "n", "reason": "7 rupiah"}
    act = "/exceptions/findings"
    faulty = post(auditor, act, page=WHERE, **opened | {"item": [ITEM, "P-1/P-1.9"]})
    assert faulty.status_code == 400
    assert f"{BOX} checked" in faulty.text
    assert 'href="#field-item"' in faulty.text
    assert post(supervisor, act, page="/findings", **opened).status_code == 403
    assert auditor.post(act, data=opened).status_code == 403
    assert post(auditor, act, page=WHERE, **opened | {"kind": "parked"}).status_code == 404
    sent = post(auditor, act, page=WHERE, **opened)
    assert (sent.status_code, sent.headers["location"]) == (303, "/findings/T-0001")
    assert post(auditor, act, page=WHERE, **opened).status_code == 409
    shown = seen(book, WHERE)
    assert BOX not in shown
    assert 'href="/findings/T-0001"' in shown
    finding = seen(book, "/findings/T-0001")
    assert 'href="/exceptions?kind=paid-beyond-order">Dibayar melebihi perintah</a>' in finding
    assert 'data-figure="T-0001.amount" value="7"' in finding
    assert 'data-figure="T-0001.hits_left" value="1"' in finding
    said = {"outcome": "finding", "note": "", "reason": "as the bank says"}
    page = "/findings/T-0001"
    assert post(auditor, f"{page}/assess", page="/findings", **said).status_code == 403
    assert post(supervisor, f"{page}/assess", page=page, **said).status_code == 303
    follow = f"{page}/follow-up"
    assert post(auditor, follow, page=page, state="compliant", reason="x").status_code == 409
    assert post(auditor, follow, page=page, state="not-compliant", reason="x").status_code == 303
    listed = seen(book, "/findings")
    assert "Dibayar melebihi perintah" in listed
    code, told = command("findings", "list", "--json")
    (one,) = json.loads(told)["findings"]
    assert (code, one["hits_left"], one["finding"]["opened"]["amount"]) == (1, 1, 7)
    assert re.search(r'data-figure="T-0001.hits_left" value="1"', listed)


def test_the_command_opens_one_as_the_page_does(
    book: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """By the kind, the claim and what of it; what is no exception is refused with where to look."""
    told = json.loads(command("exceptions", "--kind", "without-hash", "--json")[1])
    assert [(one["claim"], one["subject"]) for one in told["exceptions"]] == [("P-1", "")]
    code, said = command("findings", "open", "exception:without-hash", "P-1", "--by", "Sari", "--lang", "en")
    assert code == 0
    assert re.match(r"Finding T-000\d is open", said)
    assert command("findings", "open", "exception:without-hash", "P-1", "--by", "Sari")[0] != 0
    assert command("findings", "open", "exception:without-hash", "P-9", "--by", "Sari")[0] != 0
    code, said = command("findings", "list", "--lang", "en")
    assert code == 1
    assert "Documents without a hash" in said
    assert "P-1</code>" in seen(book, WHERE.replace("paid-beyond-order", "without-hash"))
