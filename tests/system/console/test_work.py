"""Officers decide in the console as with the command: what is seen, what is confirmed, what is sent, who is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from services.audit_trail.records import ActSent, Exported, PersonalDataRead
from services.audit_trail.trail import read
from services.cli import main
from services.ledger.registry import Agency
from services.review.brief import DecisionBrief, brief
from tests.consoles import RunningConsole, post, settled
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks
from tests.stores.review.deciding import admit_received

SUM = "42000000"
NIKS = niks(60)[50:]
OBJECTOR = NIKS[9]
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def book(console: RunningConsole) -> RunningConsole:
    """Claims in arrears, one for each test that decides, and an objection with hostile words."""
    reviewer = Agency(name="bpjs", types=("claim.reviewed",), findings=())
    console.run(console.installation.registry.add(reviewer))
    console.add_account("rina", "officer", agency="bpjs")
    console.add_account("tono", "officer", agency="dinsos")
    people = [_death(Life(nik), f"W-{n}") for n, nik in enumerate(NIKS[:7])]
    people[5].reviewed("deny", "in-arrears", claim="W-5").send(
        "claim.objected", {"claim": "W-5", "by": {"name": "Budi", "nik": OBJECTOR}, "grounds": EVIL}
    )
    console.live(*people)
    return console


@pytest.fixture
def command(
    book: RunningConsole, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, Any]]:
    """Runs a command with ``--json``; returns its exit code and its answer."""
    settings = book.installation.settings
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*words, "--json", "--data", str(settings.data)])
        return code, json.loads(capsys.readouterr().out)

    return run


def _death(life: Life, claim: str) -> Life:
    life.enrolled().paid_months("2025-01", "2026-01").filed(claim).died(claim=claim)
    return life.heirs(heir(), claim=claim)


def admitted(console: RunningConsole) -> None:
    """Let intake and the decider do their work."""

    async def work() -> None:
        installation = console.installation
        await admit_received(installation, "bpjs")
        small = SmallInstallation(
            installation.core, installation.ledger, installation.settings.data, installation.keys
        )
        await small.decide()

    console.run(work())


def figure(page: httpx.Response, name: str) -> str:
    """The value of a figure on a page."""
    found = re.search(rf'data-figure="{re.escape(name)}" value="([^"]*)"', page.text)
    assert found is not None, name
    return found[1]


def before(console: RunningConsole, claim: str) -> DecisionBrief:
    """What is known of a claim before it is decided."""
    found = console.run(brief(console.installation, claim))
    assert found is not None
    return found


def position(console: RunningConsole, claim: str) -> int:
    return before(console, claim).position


def status(console: RunningConsole, claim: str) -> str:
    told = before(console, claim).told
    assert told is not None
    return told.status


def decide(client: httpx.Client, claim: str, at: int, **fields: str) -> httpx.Response:
    """Send a decision past the page that asks whether it is meant."""
    told = {"seen": str(at), "decision": "approve", "reasons": "in-arrears", "grounds": "bukti setor"}
    return post(client, f"/work/{claim}/send", page=f"/work/{claim}", **{**told, **fields})


def test_the_list_leads_to_each_claim_with_what_hangs_on_it(book: RunningConsole):
    """Narrowed by reason, with the total; in both languages; no page without the filters that gave nothing."""
    page = settled(book.signed_in("officer"), "/work?reason=in-arrears&task=decide")
    claims = set(re.findall(r'href="/work/(W-[0-9])"', page.text))
    waiting = int(figure(page, "work.count"))
    assert {f"W-{n}" for n in range(7)} >= claims
    assert waiting == len(claims)
    assert figure(page, "work.amount") == str(waiting * int(SUM))
    assert "kelambu work list --task decide --reason in-arrears" in page.text
    nothing = book.signed_in("officer").get("/work?days=9999")
    assert "menunggu lebih dari (hari): <strong>9999</strong>" in nothing.text
    assert book.signed_in("officer").get("/work?days=lama").status_code == 400


def test_the_command_gives_the_same_list_and_the_same_prospects(
    book: RunningConsole, command: Callable[..., tuple[int, Any]]
):
    """Every figure of the pages is that of the command at their foot."""
    page = settled(book.signed_in("officer"), "/work?task=decide")
    code, told = command("work", "list", "--task", "decide", "--on", "2026-06-11")
    (task,) = told["work"]["tasks"]
    assert code == 1
    assert figure(page, "work.count") == str(task["claims"])
    assert figure(page, "work.amount") == str(task["amount"])
    page = book.signed_in("officer").get("/work/W-6")
    code, told = command("work", "show", "W-6")
    assert code == 0
    for name, prospect in (("approve", told["approval"]), ("deny", told["denial"])):
        assert figure(page, f"{name}.leaves") == str(prospect["leaves"])
        assert figure(page, f"{name}.after") == str(sum(line["after"] for line in prospect["lines"]))


def test_a_decision_is_sent_with_the_command_too(
    book: RunningConsole, command: Callable[..., tuple[int, Any]]
):
    """On what was seen; on another state nothing is sent and what is new is told. The account's acts have both."""
    _, told = command("work", "show", "W-6")
    words = ["review", "W-6", "--decision", "approve", "--reasons", "in-arrears", "--grounds", "bukti setor"]
    words += ["--as", "bpjs", "--by", "melati"]
    code, moved = command(*words, "--seen", str(told["position"] - 1))
    assert code == 1
    assert [one["position"] for one in moved["later"]] == [told["position"]]
    event = f"bpjs:review-W-6-{told['position']}"
    seen = ["--seen", str(told["position"])]
    assert command(*words, *seen) == (0, {"event": event, "recorded": None, "repeated": False})
    assert command(*words, *seen) == (0, {"event": event, "recorded": None, "repeated": True})
    admitted(book)
    assert status(book, "W-6") == "ordered"
    code, acts = command("officer", "melati")
    assert [(one["record"]["event"], one["stands"]) for one in acts] == [(event, "recorded")]
    assert main(["officer", "nobody-at-all", "--data", str(book.installation.settings.data)]) == 2


def test_a_decision_is_seen_confirmed_sent_and_recorded(book: RunningConsole):
    """Before it is sent nothing is; the page foretells what comes about; the trail names the account."""
    client = book.sign_in(book.nobody(), "rina")
    page = client.get("/work/W-0")
    assert figure(page, "approve.leaves") == SUM
    assert figure(page, "deny.leaves") == "0"
    seen = str(position(book, "W-0"))
    fields = {"seen": seen, "decision": "approve", "reasons": "in-arrears", "grounds": "bukti setor"}
    asked = post(client, "/work/W-0/confirm", page="/work/W-0", **fields)
    assert asked.status_code == 200
    assert figure(asked, "approve.after") == SUM
    assert f"bpjs:review-W-0-{seen}" in asked.text
    assert position(book, "W-0") == int(seen)
    sent = decide(client, "W-0", int(seen))
    assert (sent.status_code, sent.headers["location"]) == (303, f"/work/W-0/decided/{seen}")
    assert "review-W-0" in client.get("/work/W-0").text, "on its way"
    assert "refresh" in client.get(sent.headers["location"]).headers, "until it is recorded"
    admitted(book)
    recorded = client.get(sent.headers["location"])
    assert "sudah diperintahkan" in recorded.text
    assert "refresh" in recorded.headers, "until the read models know it too"
    book.live()
    recorded = client.get(sent.headers["location"])
    assert "refresh" not in recorded.headers
    for shown in (recorded.text, client.get("/claims/W-0").text):
        assert (
            "Yang harus bertindak sekarang: BPJS Ketenagakerjaan. Yang ditunggu: perintah bayar dikirim"
            in shown
        )
    told = book.signed_in("supervisor").get("/officers/rina")
    assert f"bpjs:review-W-0-{seen}" in told.text
    acts = [
        one.by
        for one in book.run(read(book.installation))
        if isinstance(one.record, ActSent) and one.record.claim == "W-0"
    ]
    assert acts == ["rina"]


def test_of_two_who_send_at_once_one_is_told(book: RunningConsole):
    """From two browsers; the loser sees their own grounds again."""
    browsers = [book.sign_in(book.nobody(), name) for name in ("officer", "rina")]
    seen = position(book, "W-1")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: decide(one, "W-1", seen, grounds="alasan sendiri"), browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    (told,) = (answer for answer in answers if answer.status_code == 409)
    assert "alasan sendiri" in told.text
    admitted(book)
    assert status(book, "W-1") == "ordered"


def test_what_moved_since_is_shown(book: RunningConsole):
    """A decision on a state that is no more is not sent."""
    client = book.signed_in("officer")
    seen = position(book, "W-2")
    assert decide(client, "W-2", seen, decision="deny").status_code == 303
    admitted(book)
    late = decide(client, "W-2", seen - 1)
    assert late.status_code == 409
    assert f"bpjs:review-W-2-{seen}" in late.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"grounds": ""}, 400),
        ({"grounds": "x" * 4001}, 400),
        ({"reasons": "objected"}, 400),
        ({"decision": "perhaps"}, 400),
        ({"seen": "7"}, 409),
        ({"seen": "x"}, 400),
    ],
)
def test_what_cannot_be_decided_so_says_what_to_do(book: RunningConsole, fields: dict[str, str], status: int):
    """The form comes back, or says what is wrong; nothing is sent."""
    client = book.signed_in("officer")
    seen = position(book, "W-3")
    assert decide(client, "W-3", seen, **fields).status_code == status
    assert position(book, "W-3") == seen
    assert not before(book, "W-3").on_their_way


def test_who_may_not_decide_is_told_why(book: RunningConsole):
    """Other roles see the claim without the form.

    An agency without the right decides nothing, by the form or past it.
    """
    for name in ("auditor", "supervisor"):
        page = book.signed_in(name).get("/work/W-3")
        assert page.status_code == 200
        assert 'name="grounds"' not in page.text
        assert post(book.signed_in(name), "/work/W-3/send", page="/work/W-5", seen="1").status_code == 403
    client = book.sign_in(book.nobody(), "tono")
    assert 'name="grounds"' not in client.get("/work/W-3").text
    fields = {"seen": str(position(book, "W-3")), "decision": "deny", "grounds": "x"}
    assert post(client, "/work/W-3/send", page="/work/W-5", **fields).status_code == 400
    assert book.signed_in("officer").get("/work/Z-404").status_code == 404


def test_an_objection_is_read_for_a_reason_and_shown_as_text(book: RunningConsole):
    """It stands on no other page; who read it and why is recorded before."""
    client = book.signed_in("officer")
    assert "alert(1)" not in client.get("/work/W-5").text
    assert post(client, "/work/W-5/objection", page="/work/W-5", reason=" ").status_code == 409
    sent = post(client, "/work/W-5/objection", page="/work/W-5", reason="menjawab keberatan")
    page = client.get(sent.headers["location"])
    assert client.get(sent.headers["location"]).status_code == 404
    assert page.headers["cache-control"] == "no-store"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert EVIL not in page.text
    read_by = [
        (one.by, one.reason, one.record.values, one.record.concerns)
        for one in book.run(read(book.installation))
        if isinstance(one.record, PersonalDataRead) and one.record.subject == "W-5"
    ]
    concerned = tuple(sorted(map(book.installation.tokens.nik, (NIKS[5], OBJECTOR))))
    assert read_by == [("officer", "menjawab keberatan", 2, concerned)]


def test_the_letter_is_printed_in_both_languages_and_with_names_for_a_reason(book: RunningConsole):
    """On the page and as a PDF; what leaves is recorded."""
    client = book.signed_in("officer")
    texts = {code: client.get(f"/claims/W-4/letter?in={code}").text for code in ("id", "en")}
    assert '<article class="document" lang="en">' in texts["en"]
    assert '<article class="document" lang="id">' in texts["id"]
    assert all("Ahli Waris" not in text.partition("<article")[2] for text in texts.values())
    assert client.get("/claims/W-4/letter?format=pdf").content.startswith(b"%PDF")
    assert post(client, "/claims/W-4/letter/names", page="/claims/W-4/letter", reason="").status_code == 400
    named = post(
        client,
        "/claims/W-4/letter/names",
        page="/claims/W-4/letter",
        reason="diserahkan kepada keluarga",
        format="page",
    )
    assert "Budi" in client.get(named.headers["location"]).text
    recorded = [
        (type(one.record), getattr(one.record, "clear", True))
        for one in book.run(read(book.installation))
        if getattr(one.record, "what", "") == "letter W-4" or getattr(one.record, "subject", "") == "W-4"
    ]
    assert recorded == [(Exported, False), (Exported, True), (PersonalDataRead, True)]


def test_accounts_are_listed_with_what_they_did(book: RunningConsole):
    """Whoever the trail names; an account that did nothing has an empty page, a name that is none has none."""
    client = book.signed_in("auditor")
    client.get("/claims?format=csv")
    assert 'href="/officers/auditor"' in client.get("/officers").text
    assert client.get("/officers/tono").status_code == 200
    assert client.get("/officers/nobody-at-all").status_code == 404


def test_a_district_is_named_as_people_name_it(book: RunningConsole, command: Callable[..., tuple[int, Any]]):
    """By its name in any case, as by its code; the page offers the names."""
    by_code = command("work", "list", "--district", "16.06.01")
    by_name = command("work", "list", "--district", "sekayu")
    assert by_name == by_code
    assert {one["district"] for one in by_name[1]["work"]["items"]} == {"16.06.01"}
    page = settled(book.signed_in("officer"), "/work?district=16.06.01").text
    assert re.search(r'<option value="16\.06\.01" selected>Sekayu</option>', page)
