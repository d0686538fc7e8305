"""What anybody may type, in an address, in a form or in a document that is refused, is shown letter by letter and leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

import services.console
from services.audit_trail.trail import append_all
from services.console.access import within
from services.intake import quarantine
from services.intake.context import Keyring, context_of
from services.intake.examination import Refusal, RejectedDocument
from services.ledger.edge import Fault
from services.ledger.user_accounts import ROLES, Role
from services.runtime.bootstrap import Installation
from tests.consoles import HOSTILE, WRITTEN, RunningConsole, lives, running_console, secret, settled
from tests.system.console.test_access import ACTS

_NAMED = re.compile(
    r'\b(?:one|sent|read|needed|one_of)\("(\w+)"|\bname="(\w+)"|\bforms\.\w+\("(\w+)"|_FILTERS = \((.*)\)'
)
ANSWERS = (200, 303, 400, 404, 409)
"""How an act or a page may answer what is typed; 403 would say that it had not been read."""


def names() -> Sequence[str]:
    """What pages and forms of the console read: every name that stands in its source."""
    folder = Path(services.console.__path__[0])
    source = "\n".join(file.read_text() for ending in ("py", "html") for file in folder.rglob(f"*.{ending}"))
    found = {name for groups in _NAMED.findall(source) for one in groups for name in re.findall(r"\w+", one)}
    return sorted(found - {"csrf"})


NAMES = names()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over a book in which every free text is ``HOSTILE``, also those of a refused document."""
    with running_console(Path(tmp_path_factory.mktemp("hostile")), *lives()) as running:
        running.run(append_all(running.installation, WRITTEN, by=HOSTILE, reason=HOSTILE))
        running.run(_refuse(running.installation))
        yield running


async def _refuse(installation: Installation) -> None:
    context = context_of(installation)
    fault = Fault("invalid", f"$.data.{HOSTILE}", HOSTILE)
    refused = RejectedDocument("D-1", HOSTILE.encode(), Refusal("invalid", (fault,), HOSTILE, HOSTILE))
    await quarantine.quarantine(context, "dinsos", [refused], Keyring(context))


def wrong_with(answer: httpx.Response) -> Iterator[str]:
    """What is wrong with an answer to hostile words."""
    if answer.status_code not in ANSWERS:
        yield f"answers {answer.status_code}"
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    if is_page and (HOSTILE in answer.text or "<script>" in answer.text):
        yield "has markup in it"
    if any("<" in value for value in answer.headers.values()):
        yield "has it in a header"
    if (to := answer.headers.get("location")) is not None and within(to) != to:
        yield f"leads to {to}"


def test_names_are_found():
    """Of fields, filters and what else an address asks."""
    assert {"reason", "grounds", "question", "known_on", "task", "next", "order"} <= {*NAMES}
    assert len(NAMES) > 60


@pytest.mark.parametrize("role", ROLES)
def test_no_form_takes_hostile_words_for_markup(hostile: RunningConsole, role: Role):
    """Each act that a role may do, every field at once; and where it leads."""
    client, wrong = hostile.signed_in(role), list[str]()
    fields = {"csrf": secret(client, "/"), **dict.fromkeys(NAMES, HOSTILE)}
    for act in (
        one for one in ACTS if one.method == "POST" and role in one.roles and one.path != "/sign-out"
    ):
        answer = client.post(act.path, data=fields)
        wrong += [f"{act} {one}" for one in wrong_with(answer)]
        if to := answer.headers.get("location"):
            wrong += [f"{act} leads to {to}, which {one}" for one in wrong_with(settled(client, to))]
    assert wrong == []
    assert client.get("/").status_code == 200, "still signed in"


@pytest.mark.parametrize("role", ["auditor", "officer", "operator"])
def test_no_address_takes_hostile_words_for_markup(hostile: RunningConsole, role: Role):
    """Each page that there is, everything asked at once, and each filter of the page alone."""
    client, wrong = hostile.signed_in(role), list[str]()
    every = urlencode(dict.fromkeys(NAMES, HOSTILE))
    for act in (one for one in ACTS if one.method == "GET" and role in one.roles):
        asked = [every]
        if role == ROLES[0]:
            own = re.findall(r'<(?:input|select)[^>]* name="(\w+)"', client.get(act.path).text)
            asked += [urlencode({name: HOSTILE}) for name in sorted(set(own) - {"csrf"})]
        for query in asked:
            answer = client.get(f"{act.path}?{query}")
            wrong += [f"{act}?{query[:40]} {one}" for one in wrong_with(answer)]
    assert wrong == []


@pytest.mark.parametrize("next_page", [HOSTILE, "//elsewhere.example", "https://elsewhere.example"])
def test_signing_in_and_languages_lead_to_the_console_alone(hostile: RunningConsole, next_page: str):
    """Whatever the address says comes next; the name that was typed is no markup either."""
    with hostile.nobody() as client:
        query = urlencode({"next": next_page})
        fields = {"name": HOSTILE, "password": HOSTILE, "next": next_page}
        fields["csrf"] = secret(client, f"/sign-in?{query}")
        refused = client.post(f"/sign-in?{query}", data=fields)
        assert refused.status_code == 403
        for answer in (refused, client.get(f"/sign-in?{query}"), client.get(f"/language/en?{query}")):
            assert [one for one in wrong_with(answer) if "403" not in one] == []


def test_a_refused_document_is_shown_letter_by_letter(hostile: RunningConsole):
    """Its message id, its source, the path and the words of its faults, to an operator and among the exceptions."""
    client = hostile.signed_in("operator")
    page = client.get("/operations/quarantine/dinsos/D-1").text
    assert "&lt;script&gt;" in page
    for text in (page, client.get("/operations/quarantine").text):
        assert HOSTILE not in text
        assert "<script>" not in text
    assert "<script>" not in settled(hostile.signed_in("supervisor"), "/exceptions?kind=quarantined").text
