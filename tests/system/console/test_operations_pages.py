"""The operator's pages: what stands still, without anything personal, and what is asked of it by name and reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import read
from services.erasure.backups import note_backup
from services.intake import quarantine
from services.intake.context import Keyring, context_of
from services.intake.examination import Refusal, RejectedDocument
from services.ledger import backlog
from services.ledger.edge import Edge, Fault
from services.ledger.registry import Agency
from services.runtime.bootstrap import Installation
from services.texts.catalogue import text
from tests.consoles import RunningConsole, commands_over, post, running_console
from tests.lives import Life
from tests.small_installation import SmallInstallation, niks
from tests.system.console.test_audit_pages import asked, figures

NIK, NAME = niks(30)[-1], "Siti Aminah"


@pytest.fixture(scope="module")
def halted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over an installation in which a document was refused and a person is parked."""
    with running_console(Path(tmp_path_factory.mktemp("operations"))) as running:
        running.run(_refuse(running.installation))
        running.run(_park(running.installation, Life(NIK).insured()))
        yield running


@pytest.fixture
def command(
    halted: RunningConsole, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Runs a command over that installation; returns its exit code and what it printed."""
    return commands_over(halted, capsys, monkeypatch)


async def _refuse(installation: Installation) -> None:
    context = context_of(installation)
    document = json.dumps({"nik": NIK, "name": NAME}).encode()
    fault = Fault("invalid", "$.data.nik", "it is no NIK")
    refused = RejectedDocument("D-1", document, Refusal("invalid", (fault,), "p-1", "/agencies/dinsos"))
    paid = (
        b'{"type":"kelambu.claim.paid.v1","data":{"claim":"P-9","amount":42000007,"reference":"Siti Aminah"}}'
    )
    money = RejectedDocument("D-2", paid, Refusal("invalid", (fault,), "p-2", "/agencies/bank"))
    await quarantine.quarantine(context, "dinsos", [refused], Keyring(context))
    await quarantine.quarantine(context, "bank", [money], Keyring(context))


async def _park(installation: Installation, life: Life) -> SmallInstallation:
    def failing(*_: object) -> object:
        raise ZeroDivisionError

    book = SmallInstallation(
        installation.core, installation.ledger, installation.settings.data, installation.keys
    )
    book.decider = failing  # type: ignore[assignment]
    await book.live(life)
    return book


def test_what_stands_still_is_seen_without_anything_personal(halted: RunningConsole):
    """Who is parked is a token, and of a refused document stand the faults only; an auditor has no business here."""
    operator = halted.signed_in("operator")
    page = operator.get("/operations")
    assert figures(page)["dinsos.refused"] == 1
    for address in (
        "/operations",
        "/operations/quarantine",
        "/operations/quarantine/dinsos/D-1",
        "/operations/parked",
    ):
        said = operator.get(address)
        assert said.status_code == 200, said.text
        assert NIK not in said.text
        assert NAME not in said.text
        assert halted.signed_in("auditor").get(address).status_code == 403
    assert "$.data.nik" in operator.get("/operations/quarantine/dinsos/D-1").text
    assert operator.get("/operations/quarantine/dinsos/D-9").status_code == 404
    assert "D-1" not in operator.get("/operations/quarantine?agency=rsud").text


def test_services_and_read_models_stand_in_words_beside_their_names(halted: RunningConsole):
    """Each of those that the installation has."""
    page = halted.signed_in("operator").get("/operations").text
    for family, name in (("service", "leases"), ("projection", "read-models")):
        list_of = page[page.index(f'id="list-{name}"') :].partition("</table>")[0]
        shown = re.findall(r'<th scope="row">(.*?) <code>(.*?)</code></th>', list_of)
        assert len(shown) >= 5
        assert all(said == text(f"{family}.{code}").id for said, code in shown)


def test_how_far_the_log_is_stands_on_the_page(halted: RunningConsole):
    """As the command says it, where no notary has sealed anything yet."""
    said = text("installation-status.log").id.partition("{unsealed}")[0].format(size=0)
    assert said in asked(halted, "/operations", "operator").text


def test_money_that_was_refused_is_an_exception(halted: RunningConsole):
    """With the rupiah that the document says, and nothing else of it; who is parked is one too."""
    page = asked(halted, "/exceptions", "supervisor")
    shown = figures(page)
    assert (shown["quarantined.exceptions"], shown["quarantined.amount"]) == (1, 42_000_007)
    assert (shown["parked.exceptions"], shown["exceptions.count"]) == (1, 2)
    assert "P-9" in page.text
    assert NAME not in page.text
    assert figures(asked(halted, "/exceptions?kind=parked", "supervisor"))["exceptions.count"] == 1


def test_a_mended_document_is_checked_before_anything_is_sent(halted: RunningConsole):
    """What would still be wrong is told with its place; what is faulty is not sent; what is not is, for a reason."""
    bank = Agency(name="bank", types=("claim.paid",), findings=())
    halted.run(halted.installation.registry.add(bank))
    operator, where = halted.signed_in("operator"), "/operations/quarantine/bank/D-2"
    edge, paid = Edge(halted.installation.edge), json.dumps(_payment())
    for faulty, path in (("{", "$"), (json.dumps(_payment() | {"id": "", "data": {}}), "$.id")):
        left = post(operator, f"{where}/check", page=where, mended=faulty)
        assert left.status_code == 200
        assert f"<code>{path}</code>" in left.text
        assert post(operator, f"{where}/send", page=where, mended=faulty, reason="mended").status_code == 400
    assert post(operator, f"{where}/check", page=where, mended=" ").status_code == 400
    checked = post(operator, f"{where}/check", page=where, mended=paid)
    assert checked.headers["cache-control"] == "private, no-cache"  # the way back shows it again
    assert "faults.count" not in figures(checked)
    assert f'action="{where}/send"' in checked.text
    assert post(operator, f"{where}/send", page=where, mended=paid, reason=" ").status_code == 400
    assert halted.run(edge.backlog("bank"))[0] == 0
    assert post(halted.signed_in("supervisor"), f"{where}/check", page=where, mended=paid).status_code == 403
    assert post(operator, f"{where}/send", page=where, mended=paid, reason="by telephone").status_code == 303
    assert halted.run(edge.backlog("bank"))[0] == 1


def _payment() -> dict[str, object]:
    life = Life().paid("P-9.1", 42_000_007, "P-9", id="p-2")
    return life.documents[-1]


def test_the_age_of_the_last_backup_is_told(halted: RunningConsole):
    """None was ever made; then one of today; one that is older than a day asks for another."""
    operator = halted.signed_in("operator")
    told = text("installation-status.no-backup").id.partition("`")[0]
    assert told in operator.get("/operations").text
    place = halted.installation.settings.data / "elsewhere"
    halted.run(note_backup(halted.installation, place, "op"))
    page = operator.get("/operations")
    assert told not in page.text
    assert figures(page)["backup.days"] == 0
    assert text("installation-status.backup-old").id.partition(":")[0] not in page.text


def test_a_refused_document_is_sent_again_once_and_by_name(halted: RunningConsole):
    """Without a reason it is not; with one it stands in the outbox, and in the trail who did it and why."""
    operator, where = halted.signed_in("operator"), "/operations/quarantine/dinsos/D-1"
    assert post(operator, f"{where}/retry", page=where, reason=" ").status_code == 400
    assert post(halted.signed_in("supervisor"), f"{where}/retry", page=where, reason="no").status_code == 403
    edge = Edge(halted.installation.edge)
    assert halted.run(edge.backlog("dinsos"))[0] == 0
    assert post(operator, f"{where}/retry", page=where, reason="registered since").status_code == 303
    assert halted.run(edge.backlog("dinsos"))[0] == 1
    last = halted.run(read(halted.installation))[-1]
    assert (last.by, last.reason) == ("operator", "registered since")


def test_what_became_of_a_document_that_was_sent_again_is_told(
    halted: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """By page and command: who sent it, when and why, and that it is unanswered, refused again as another, or accepted."""
    halted.run(_refuse_another(halted.installation, "D-7"))
    operator, where = halted.signed_in("operator"), "/operations/quarantine/dinsos/D-7"

    def told(result: str, document: str = "") -> None:
        said = json.loads(command("quarantine", "show", "dinsos", "D-7", "--json")[1])["sent_again"]
        assert (said["sent"]["by"], said["sent"]["reason"]) == ("operator", "by letter")
        assert (said["result"], said["document"]) == (result, document)
        page = operator.get(where).text
        sentence = text(f"resending.{result}").id.format(document=document)
        assert sentence in page
        assert "by letter" in page
        spoken = command("quarantine", "show", "dinsos", "D-7", "--lang", "id")[1]
        assert sentence in spoken
        assert "oleh operator: by letter" in spoken

    assert json.loads(command("quarantine", "show", "dinsos", "D-7", "--json")[1])["sent_again"] is None
    assert text("column.sent-again").id not in operator.get(where).text
    assert post(operator, f"{where}/retry", page=where, reason="by letter").status_code == 303
    told("unanswered")
    halted.run(_refuse_another(halted.installation, "D-8", mends="D-7"))
    told("refused-again", "D-8")
    assert f'href="{where.replace("D-7", "D-8")}"' in operator.get(where).text
    assert post(operator, f"{where}/retry", page=where, reason="by letter").status_code == 303
    told("unanswered")
    code, listing = command("quarantine", "list", "--agency", "dinsos", "--json")
    assert code == 1
    assert {one["document"]: one["sent_again"] and one["sent_again"]["by"] for one in json.loads(listing)}[
        "D-7"
    ] == "operator"
    halted.run(quarantine.resolve(context_of(halted.installation), "dinsos", "D-7", "r-7"))
    halted.run(_refuse_another(halted.installation, "D-11", mends="D-7"))
    told("accepted")
    assert where in operator.get("/operations/quarantine?agency=dinsos&state=admitted").text


def test_what_was_refused_again_was_not_accepted_itself(
    halted: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """Also once what was mended after that is accepted.

    The document names its receipt, and that this attempt failed.
    """
    halted.run(_refuse_another(halted.installation, "D-9"))
    assert command("quarantine", "retry", "dinsos", "D-9", "--no-wait", "--reason", "once more")[0] == 0
    halted.run(_refuse_another(halted.installation, "D-10", mends="D-9"))
    halted.run(quarantine.resolve(context_of(halted.installation), "dinsos", "D-10", "r-10"))
    shown = json.loads(command("quarantine", "show", "dinsos", "D-9", "--json")[1])
    assert shown["resolved"] == "r-10"
    assert (shown["sent_again"]["result"], shown["sent_again"]["document"]) == ("refused-again", "D-10")


def test_a_refused_document_is_discarded_and_stays_listed(
    halted: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """By an operator, for a reason, once.

    Then it waits for nobody, and the page and the command say who did it and why.
    """
    halted.run(_refuse_another(halted.installation))
    operator, where = halted.signed_in("operator"), "/operations/quarantine/dinsos/D-3"
    waiting = "/operations/quarantine?agency=dinsos"
    exceptions = figures(asked(halted, "/exceptions", "supervisor"))["quarantined.exceptions"]
    assert where in operator.get(waiting).text
    assert post(operator, f"{where}/discard", page=where, reason=" ").status_code == 400
    assert post(halted.signed_in("supervisor"), f"{where}/discard", page=where, reason="x").status_code == 403
    assert where in operator.get(waiting).text
    assert post(operator, f"{where}/discard", page=where, reason="sent by mistake").status_code == 303
    assert where not in operator.get(waiting).text
    assert f"{where}/discard" not in operator.get(where).text
    last = halted.run(read(halted.installation))[-1]
    assert (last.by, last.reason) == ("operator", "sent by mistake")
    assert last.record == OperationRequested(what="quarantine-discard", subject="dinsos D-3")
    for page in (operator.get(f"{waiting}&state=discarded").text, operator.get(where).text):
        assert "sent by mistake" in page
        assert "operator" in page
    after = figures(asked(halted, "/exceptions", "supervisor"))["quarantined.exceptions"]
    assert after == exceptions - 1
    assert where not in operator.get(f"{waiting}&state=admitted").text
    assert operator.get(f"{waiting}&state=lost").status_code == 400
    again = post(operator, f"{where}/discard", page=where, reason="twice")
    assert again.status_code == 400
    assert "sudah dibuang" in again.text
    code, told = command("quarantine", "list", "--state", "discarded", "--agency", "dinsos", "--json")
    assert code == 0
    assert [
        (one["document"], one["discarded"]["by"], one["discarded"]["reason"]) for one in json.loads(told)
    ] == [("D-3", "operator", "sent by mistake")]
    _, shown = command("quarantine", "show", "dinsos", "D-3", "--json")
    assert json.loads(shown)["discarded"]["reason"] == "sent by mistake"


def test_the_command_discards_as_the_page_does(
    halted: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """The page names who did it and why, and so does the trail; of nothing that is there it is said so."""
    halted.run(_refuse_another(halted.installation, "D-4"))
    assert command("quarantine", "discard", "dinsos", "D-4", "--reason", "a test", "--by", "budi")[0] == 0
    page = halted.signed_in("operator").get("/operations/quarantine/dinsos/D-4").text
    assert "a test" in page
    assert "budi" in page
    for name in ("D-4", "D-99"):
        assert command("quarantine", "discard", "dinsos", name, "--reason", "a test")[0] != 0


async def _refuse_another(installation: Installation, name: str = "D-3", mends: str = "") -> None:
    context = context_of(installation)
    fault = Fault("invalid", "$.data.nik", "it is no NIK")
    money = b'{"type":"kelambu.claim.paid.v1","data":{"claim":"P-9","amount":7}}'
    refused = RejectedDocument(name, money, Refusal("invalid", (fault,), name, "/agencies/dinsos"), mends)
    await quarantine.quarantine(context, "dinsos", [refused], Keyring(context))


def test_a_parked_persons_events_are_tried_again_or_discarded(
    halted: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """What is asked is an event in the inbox of the person's partition, sealed, and a record.

    For any other person it is refused.
    """
    operator, where = halted.signed_in("operator"), "/operations/parked"
    person = halted.installation.tokens.nik(NIK)
    assert person in operator.get(where).text

    def inbox() -> int:
        return halted.run(backlog.arrivals(halted.installation.core, 1))[0]

    before = inbox()
    for act, fields in (("retry", {}), ("discard", {"event": "dinsos:1"})):
        sent = post(operator, f"{where}/{person}/{act}", page=where, reason="mended", **fields)
        assert sent.status_code == 303
    assert inbox() == before + 2
    assert [one.record.what for one in halted.run(read(halted.installation))[-2:]] == [  # type: ignore[union-attr]
        "parked-retry",
        "parked-discard",
    ]
    assert post(operator, f"{where}/~nobody/retry", page=where, reason="mended").status_code == 400
    told = [
        (one["event"], one["discarded"]["by"], one["discarded"]["reason"])
        for one in json.loads(command("parked", "list", "--discarded", "--json")[1])
    ]
    assert ("dinsos:1", "operator", "mended") in told
    page = operator.get(where)
    assert "<code>dinsos:1</code>" in page.text


def test_a_parked_event_is_looked_at_before_and_after_it_is_discarded(
    halted: RunningConsole, command: Callable[..., tuple[int, str]]
):
    """It is shown as it is kept, with who discarded it and why.

    Nothing personal of it, and nothing under another name.
    """
    nik, where = niks(30)[-2], "/operations/parked"
    life = Life(nik).enrolled(id="parked-7")
    book = halted.run(_park(halted.installation, life))
    operator, person = halted.signed_in("operator"), halted.installation.tokens.nik(nik)
    address = f"{where}/{person}/event?event=dinsos%3Aparked-7"
    assert f'href="{address}"' in operator.get(where).text
    parked = operator.get(address).text
    assert (
        post(
            operator, f"{where}/{person}/discard", page=where, event="dinsos:parked-7", reason="a bug"
        ).status_code
        == 303
    )
    halted.run(book.decide())
    assert f'href="{address}"' in operator.get(where).text
    discarded = operator.get(address).text
    for shown in (parked, discarded):
        assert "kelambu.participant.enrolled.v1" in shown
        assert nik not in shown
        assert NAME not in shown
    assert "a bug" in discarded
    assert "a bug" not in parked
    assert operator.get(f"{where}/{person}/event?event=dinsos%3Aparked-8").status_code == 404
    assert halted.signed_in("auditor").get(address).status_code == 403
    listed = json.loads(command("parked", "list", "--discarded", "--json")[1])
    assert ("dinsos:parked-7", "participant.enrolled") in [(one["event"], one["type"]) for one in listed]
    kept = json.loads(command("parked", "show", person, "dinsos:parked-7", "--json")[1])
    assert (kept["discarded"]["reason"], kept["content"]) == ("a bug", None)
    code, opened = command(
        "parked", "show", person, "dinsos:parked-7", "--content", "--reason", "letter 7", "--json"
    )
    assert (code, json.loads(opened)["content"]["data"]["name"]) == (0, NAME)
