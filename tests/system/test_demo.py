"""A small demo as a real process: every figure of its summary is recomputed from the ledger that it left."""

import asyncio
import datetime as dt
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest
from msgspec import UNSET
from rich.console import Console

from events.bank import ClaimPaid, PaymentReturned
from events.catalogue import AgencyEvent, Event, decode
from events.claim import ClaimFiled
from events.envelope import KELAMBU, agency_of
from events.participant import ContributionsPaid, ParticipantEnrolled
from events.payment import ClaimOverpaid, PaymentMismatched
from events.values import JAKARTA
from projections import payments
from projections.store import Store
from services.adjudication.replay import replay
from services.benefits.reading.folder import load
from services.claims.claim_as_of import claim_as_of
from services.cli.commands.claim import content
from services.cli.demo.summary import Summary, show
from services.cli.opening import installation_at
from services.intake.context import context_of
from services.simulation.regency import PARTNERS
from services.verification.content import document_of
from services.wording.terms import LanguageTexts
from tests import forked
from tests.demos import SMALL, copy_of_small_demo
from tests.recomputed import figures as recompute
from tests.recomputed.comparison import differences
from tests.recomputed.law import faults
from tests.recomputed.ledger import Ledger
from tests.servers import free_port

MINUTES = dt.timedelta(minutes=10)

README = Path(__file__).parents[2] / "README.md"
KELAMBU_COMMAND = str(Path(sys.executable).with_name("kelambu"))


def kelambu(*arguments, code=0):
    """Run a command; returns what it printed. It must end with ``code``."""
    done = forked.run((*forked.KELAMBU, *map(str, arguments)), os.environ)
    assert done.returncode == code, (done.stdout + done.stderr).decode()
    return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return the directory of a finished demo and the summary that it printed."""
    place = tmp_path_factory.mktemp("demo") / "data"
    return place, json.loads(copy_of_small_demo(tmp_path_factory, place))


@pytest.fixture(scope="module")
def ledger(demo):
    """Return every event of the demo's ledger, the documents behind them, and the refused ones by code."""
    return asyncio.run(_read(demo[0]))


async def _read(place: Path) -> tuple[list[Event], list[bytes | None], Counter[str]]:
    async with installation_at(place) as installation:
        events: list[Event] = []
        for partition in range(installation.ledger.partitions):
            events += [decode(entry.body) for entry in await installation.ledger.read(partition, 0, 100_000)]
        sent = [event for event in events if isinstance(event, AgencyEvent)]
        keys = installation.keys.get(sorted({event.sealed.key for event in sent if event.sealed}))
        quarantine = context_of(installation).quarantine
        refused: Counter[str] = Counter()
        for agency in await installation.registry.agencies():
            refused.update(one.code for one in await quarantine.documents(agency.name))
        return events, [document_of(event, keys) for event in sent], refused


def admitted(event: Event) -> dt.datetime:
    assert event.admittedtime
    return event.admittedtime


def recorded(event: Event) -> dt.datetime:
    assert event.recordedtime
    return event.recordedtime


def of_type(events, kind):
    return [event for event in events if isinstance(event, kind)]


def test_the_first_page_shows_how_this_demo_ends(demo):
    """Each stretch of it between two omissions is printed as it stands there, one after the other."""
    shown = re.search(r"(?ms)^\$ \./kelambu demo ([^\n]*) --lang en\n(.*?)^```", README.read_text())
    assert shown is not None
    assert shown[1].split() == list(SMALL)
    printed = io.StringIO()
    show(
        msgspec.convert(demo[1], Summary),
        LanguageTexts("en"),
        Console(file=printed, width=120, soft_wrap=True),
    )
    rest = printed.getvalue()
    for stretch in filter(None, shown[2].split("…\n")):
        _, found, rest = rest.partition(stretch)
        assert found == stretch


def test_participants_by_decile(demo, ledger):
    """The deciles of the summary are those of the persons enrolled."""
    last = {event.person: event.data.welfare.decile for event in of_type(ledger[0], ParticipantEnrolled)}
    assert {str(decile): many for decile, many in Counter(last.values()).items()} == demo[1]["deciles"]
    assert sum(demo[1]["deciles"].values()) == 300


def test_what_was_recorded_when_is_of_the_simulated_calendar(demo, ledger):
    """Every event is admitted when it was sent, never before its act, and recorded on that day, on the demo's own clock."""
    sent = [event for event in ledger[0] if isinstance(event, AgencyEvent)]
    assert all(event.time - MINUTES <= admitted(event) <= recorded(event) for event in sent)
    decided = [event for event in sent if not isinstance(event, ParticipantEnrolled | ContributionsPaid)]
    soon = sum(recorded(event).date() == admitted(event).date() for event in decided)
    assert soon > 0.95 * len(decided)  # the others waited for a filing or an enrolment
    paid = of_type(sent, ClaimPaid)
    assert all((recorded(event).date() - event.data.paid_on).days <= 1 for event in paid)
    assert {min(map(recorded, ledger[0])).year, max(map(recorded, ledger[0])).year} == {2020, 2026}


def test_what_was_known_in_the_middle_of_the_year(demo, ledger):
    """As known at the end of June, a claim that was filed and paid later is unknown, one paid before is paid."""
    first: dict[str, str] = {}
    for event in of_type(ledger[0], ClaimFiled):
        first.setdefault(event.data.claim, recorded(event).date().isoformat())
    early = min(first, key=first.__getitem__)
    late = max(first, key=first.__getitem__)
    known = [
        forked.run(
            (*forked.KELAMBU, "claim", claim, "--data", str(demo[0]), "--known-on", "2025-06-30", "--json"),
            os.environ,
        )
        for claim in (early, late)
    ]
    assert first[early] < "2025-07-01" < first[late]
    assert json.loads(known[0].stdout)["claim"]["claim"] == early
    assert known[1].returncode == 2


def test_some_agencies_sign(demo, ledger):
    """Hospitals and the bank sign what they send, and every signature holds."""
    sent = [event for event in ledger[0] if isinstance(event, AgencyEvent)]
    signed = {agency_of(event.source) for event in sent if event.origin}
    assert signed == {partner.name for partner in PARTNERS if partner.signs} & {
        agency_of(event.source) for event in sent
    }


def test_claims_by_status_and_their_rupiah(demo, ledger):
    """Statuses, rupiah, what is missing and why claims were denied are what a replay of the documents gives."""
    claims = replay(ledger[1], load()).claims.values()
    statuses = {
        status: {
            "claims": sum(claim.status == status for claim in claims),
            "ordered": sum(claim.ordered for claim in claims if claim.status == status),
        }
        for status in {claim.status for claim in claims}
    }
    shown = {status: dict(figures) for status, figures in demo[1]["statuses"].items() if status in statuses}
    for figures in shown.values():
        del figures["paid_by_bank"]
    assert statuses == shown
    assert Counter(code for claim in claims for code in claim.missing) == demo[1]["missing"]
    for status in ("referred", "denied"):
        codes = Counter(code for claim in claims if claim.status == status for code in claim.reasons)
        assert codes == demo[1][status]


def by_bank(events) -> Counter[str]:
    """What the bank reported by claim, returns subtracted, from the events alone."""
    stands: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for event in events:
        if isinstance(event, ClaimPaid):
            payments = stands.setdefault((event.data.claim, event.data.order), [])
            payments.append((event.data.reference, event.data.amount))
        elif isinstance(event, PaymentReturned):
            payments = stands.setdefault((event.data.claim, event.data.order), [])
            named = [one for one in payments if event.data.payment in (UNSET, one[0])]
            left = event.data.amount or sum(amount for _, amount in named)
            for reference, amount in reversed(named):
                taken = min(left, amount)
                payments[payments.index((reference, amount))] = (reference, amount - taken)
                left -= taken
    sums = Counter[str]()
    for (claim, _), payments in stands.items():
        sums[claim] += sum(amount for _, amount in payments)
    return sums


def test_every_sum_adds_up_and_is_what_the_events_say(demo, ledger):
    """Entitled, ordered, overpaid and what the bank paid, by the names of the glossary, and each equation between them."""
    events, documents, _ = ledger
    sums, total = demo[1]["sums"], demo[1]["sums"]["total"]
    claims = replay(documents, load()).claims.values()
    assert total["entitled"] == sum(
        sum(claim.entitled.values()) for claim in claims if claim.status in ("ordered", "paid")
    )
    overpaid = {(e.data.claim, e.data.payee): e.data.amount for e in of_type(events, ClaimOverpaid)}
    assert total["overpaid"] == sum(overpaid.values())
    assert sums["paid_by_bank"] == sum(by_bank(events).values())
    assert sums["paid_by_bank"] == sums["matched"] + sums["unmatched"]
    for line in (*sums["benefits"], total):
        assert (
            line["entitled"] + line["overpaid"] + line["undecided"] == line["ordered"] + line["not_ordered"]
        )
        assert line["ordered"] == line["matched"] + line["open"]
    assert sums["adds_up"]
    assert sum(one["paid_by_bank"] for one in demo[1]["statuses"].values()) == sums["paid_by_bank"]
    assert len(of_type(events, PaymentMismatched)) == demo[1]["mismatches"]


def test_messages(demo, ledger):
    """Everything sent was admitted, refused, a repeat, or waits; the refused are those in quarantine."""
    events, documents, refused = ledger
    messages = demo[1]["messages"]
    assert len(documents) == messages["admitted"]
    assert refused == messages["refused"]
    total = messages["admitted"] + messages["repeated"] + sum(refused.values()) + messages["orphans"]
    assert total == messages["sent"]
    assert len(events) == demo[1]["events"]
    assert all(event.source != KELAMBU for event in events if isinstance(event, AgencyEvent))


def test_the_examples_can_be_looked_up(demo):
    """Each claim that the summary recommends has the status for which it is named."""
    place, summary = demo
    for status, number in summary["examples"].items():
        claim = json.loads(kelambu("claim", number, "--data", place, "--json"))["claim"]
        assert (claim["claim"], claim["status"]) == (number, status)


def asked(demo, *arguments, code=0):
    return json.loads(kelambu(*arguments, "--data", demo[0], "--json", code=code))


def test_what_each_agency_sent(demo, ledger):
    """``kelambu agencies``: admitted as in the ledger, refused as in quarantine, and who waits for what nobody filed."""
    answer = asked(demo, "agencies")
    sent = Counter(agency_of(event.source) for event in ledger[0] if isinstance(event, AgencyEvent))
    rows = {one["agency"]: one for one in answer["agencies"]}
    assert {name: one["admitted"] for name, one in rows.items() if one["admitted"]} == sent
    assert sum(one["refused"] for one in rows.values()) == sum(ledger[2].values())
    assert sum(one["waiting"] for one in rows.values()) == demo[1]["messages"]["orphans"]
    assert sum(one["admitted"] for one in answer["types"]) == sent.total()


def test_who_is_covered(demo):
    """``kelambu coverage``: the groups add up to the month; never more months paid than participants."""
    asked_for = ("coverage", "--from", "2025-03", "--to", "2025-12", "--by")
    months = asked(demo, *asked_for, "month")["months"]
    assert [one["month"] for one in months] == [f"2025-{month:02}" for month in range(3, 13)]
    assert all(0 < one["covered"] <= one["participants"] <= 300 for one in months)
    for by in ("decile", "sponsor"):
        groups = asked(demo, *asked_for, by)["months"]
        for whole in months:
            parts = [one for one in groups if one["month"] == whole["month"]]
            assert sum(one["participants"] for one in parts) == whole["participants"]
            assert sum(one["covered"] for one in parts) == whole["covered"]
    kelambu("coverage", "--from", "2025-13", code=2)


def test_what_was_due_on_a_day(demo, ledger):
    """``kelambu payments due``: the orders that stand, due then or before, and not paid before that day.

    1 % for each day late.
    """
    claims = replay(ledger[1], load()).claims.values()
    orders = {order.order: order for claim in claims for order in claim.orders}
    paid = {e.data.order: e.data.paid_on.isoformat() for e in of_type(ledger[0], ClaimPaid)}
    day = sorted(order.due_on for order in orders.values())[len(orders) // 2]
    due = {o.order for o in orders.values() if o.due_on == day and paid.get(o.order, "9") >= day}
    late = {o.order for o in orders.values() if o.due_on < day and paid.get(o.order, "9") >= day}
    answer = asked(demo, "payments", "due", "--as-of", day, code=bool(late))
    held = {one["order"] for one in answer["held"]}
    assert {one["order"] for one in answer["due"]} == due - held
    assert {one["order"]["order"] for one in answer["overdue"]} == late - held
    assert held <= due | late
    assert answer["sums"]["due"] == sum(orders[name].amount for name in due - held)
    assert answer["sums"]["compensation"] == sum(one["compensation"] for one in answer["overdue"])


def test_verify_and_a_second_start(demo):
    """The finished demo verifies clean from the command line, on a server started for that."""
    place, _ = demo
    assert json.loads(kelambu("verify", "--data", place, "--json"))["findings"] == []


def test_backup_and_restore(demo, tmp_path):
    """A backup of the demo comes back into an empty directory and proves itself."""
    place, summary = demo
    copy, back = tmp_path / "backup", tmp_path / "restored"
    kelambu("backup", copy, "--data", place)
    kelambu("restore", copy, "--data", back)
    number = summary["examples"]["paid"]
    assert kelambu("claim", number, "--data", place) == kelambu("claim", number, "--data", back)


@pytest.fixture(scope="module")
def recomputed(demo, tmp_path_factory):
    """Return what ``kelambu export ledger`` writes of the demo, as the second calculation reads it."""
    out = tmp_path_factory.mktemp("exported") / "ledger.jsonl"
    kelambu("export", "ledger", "--out", out, "--data", demo[0])
    return Ledger(out.read_bytes().splitlines())


def test_every_figure_follows_from_the_exported_events(demo, recomputed):
    """Summary, ``verify``, ``payments``, ``coverage``: each figure is what the second calculation counts, and none is missing."""
    days = sorted(
        order["due_on"] for number in recomputed.claims for order in recompute.orders(recomputed, number)
    )
    counted, shown = {"demo": recompute.summary(recomputed)}, {"demo": demo[1]}
    counted["verify"], shown["verify"] = recompute.verify(recomputed), asked(demo, "verify")
    checkpoints, unsealed = (shown["verify"].pop(one) for one in ("checkpoints", "unsealed"))
    assert all(one["proven"] for one in checkpoints)
    sealed = checkpoints[-1]["size"]
    assert sealed + unsealed >= counted["verify"]["events"], "with the records of the audit trail"
    unmatched = counted["demo"]["sums"]["unmatched"]
    counted["sums"], shown["sums"] = (
        recompute.sums(recomputed),
        asked(demo, "payments", "sums", code=bool(unmatched)),
    )
    for day in {days[len(days) // 3], days[2 * len(days) // 3], "2026-12-31"}:
        counted[day] = recompute.due(recomputed, day)
        late = bool(counted[day]["overdue"])
        shown[day] = asked(demo, "payments", "due", "--as-of", day, code=late)
    for by in ("month", "decile", "sponsor"):
        counted[by] = recompute.coverage(recomputed, by, "2025-01", "2025-12")
        shown[by] = asked(demo, "coverage", "--by", by, "--from", "2025-01", "--to", "2025-12")
    assert [found for what in counted for found in differences(counted[what], shown[what], what)] == []
    assert faults(recomputed) == []


def test_a_sum_has_a_handle_that_gives_it_again(demo):
    """As it is now, and as it was known in summer; what was shown stands in the audit trail."""
    signed = ("--by", "Dewi", "--reason", "review")
    unmatched = bool(demo[1]["sums"]["unmatched"])
    now = asked(demo, "payments", "sums", *signed, code=unmatched)
    then = asked(demo, "claims", "--known-on", "2025-06-30", *signed)
    told = [asked(demo, "figure", shown["figure"]) for shown in (now, then)]
    assert [one["same"] for one in told] == [True, True]
    assert (told[0]["claims"], set(told[0]["movement"].values())) == ([], {0})
    assert told[0]["today"]["paid_by_bank"] == now["paid_by_bank"] == demo[1]["sums"]["paid_by_bank"]
    assert told[1]["again"] == {"claims": len(then["claims"]), **then["sums"]}
    assert told[1]["today"]["claims"] == sum(one["claims"] for one in demo[1]["statuses"].values())
    shown = asked(demo, "trail", "--kind", "figure-recorded")[-2:]
    assert [(one["record"]["handle"], one["by"]) for one in shown] == [
        (one["figure"], "Dewi") for one in (now, then)
    ]


def test_tables_are_exported_checked_and_asked_in_sql(demo, recomputed, tmp_path):
    """Their sums are those of the second calculation, their handle gives them again; names only for a reason.

    All in the trail.
    """
    signed, out, clear = ("--by", "Dewi"), tmp_path / "tables", tmp_path / "clear"
    chosen = ("--tables", "claims", "bank_statements", "--format", "csv", "parquet")
    manifest = asked(demo, "export", "tables", "--out", out, *chosen, *signed)
    totals = {file["table"]: file["totals"] for file in manifest["files"]}
    sums = recompute.sums(recomputed)
    assert totals["claims"]["paid_by_bank"] == sums["paid_by_bank"]
    assert totals["claims"]["entitled"] == sums["total"]["entitled"]
    assert json.loads(kelambu("export", "check", out, "--json"))["findings"] == []
    again = asked(demo, "figure", manifest["figure"])["again"]
    assert again.items() <= {"claims": len(recomputed.claims), **totals["claims"]}.items()
    question = "SELECT count(*) AS claims, sum(paid_by_bank) AS paid FROM claims"
    answer = asked(demo, "sql", question, *signed)
    assert answer["rows"] == [{"claims": len(recomputed.claims), "paid": sums["paid_by_bank"]}]
    assert tuple(answer["cut"]) == tuple(manifest["cut"])
    refused = "WITH x AS (DELETE FROM claims RETURNING *) FROM x"
    kelambu("sql", refused, *signed, "--data", demo[0], code=2)
    personal = ("export", "tables", "--out", clear, "--format", "jsonl", "--tables", "persons", "--clear")
    kelambu(*personal, "--data", demo[0], code=2)
    assert not clear.exists()
    asked(demo, *personal, *signed, "--reason", "assignment 17/2026")
    persons = [json.loads(line) for line in (clear / "persons.jsonl").read_bytes().splitlines()]
    assert len(persons) == 300
    assert all(len(person["nik"]) == 16 and person["name"] for person in persons)
    done = [one["record"] for one in asked(demo, "trail") if one["by"] == "Dewi"]
    assert [(one["type"], one.get("clear")) for one in done if one.get("what") == "tables"] == [
        ("exported", False),
        ("personal-data-read", None),
        ("exported", True),
    ]
    assert [(one["sql"], one["rows"], one["refused"]) for one in done if one["type"] == "query-run"] == [
        (question, 1, ""),
        (refused, 0, "one-select"),
    ]


def test_every_claim_and_order_follows_from_the_exported_events(demo, recomputed):
    """All 45 claims as ``claim`` shows them, and their orders with each day and sum of them."""
    found = []
    with Store(f"sqlite:///{demo[0] / 'read-models.db'}").view() as view:
        for number in recomputed.claims:
            answer = content(claim_as_of(view, number), LanguageTexts("en"))
            made = payments.of_claim(view, number)
            found += differences(recompute.claim(recomputed, number), plain(answer), number)
            found += differences(recompute.orders(recomputed, number), plain(made), f"orders of {number}")
    assert len(recomputed.claims) >= 45
    assert found == []


def test_a_claim_in_the_middle_of_the_year_follows_from_what_was_exported_of_it(demo, recomputed):
    """As of 30 June a claim stands as the events say that were recorded until then."""
    until = dt.datetime(2025, 7, 1, tzinfo=JAKARTA)
    then = Ledger((json.dumps(event) for event in recomputed.events), until)
    number = max(then.claims, key=lambda one: then.claims[one].events[-1]["recordedtime"])
    answer = asked(demo, "claim", number, "--known-on", "2025-06-30")
    assert differences(recompute.claim(then, number), answer, number) == []


def plain(content):
    return json.loads(msgspec.json.encode(content))


def test_a_demo_that_is_kept_answers_until_ctrl_c(tmp_path):
    """With --keep all of it runs on at the ports of the environment: claims can be asked, the console is where it says.

    Ctrl-C ends it with 0.
    """
    place = tmp_path / "kept"
    size = ("--participants", "40", "--claims", "6")
    command = [KELAMBU_COMMAND, "demo", *size, "--keep", "--data", str(place), "--lang", "en"]
    port = str(free_port())
    ports = {"KELAMBU_HTTP_PORT": "0", "KELAMBU_GATEWAY_PORT": str(free_port()), "KELAMBU_CONSOLE_PORT": port}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | ports
    ) as kept:
        assert kept.stdout is not None
        output = ""
        while "keep running" not in output:
            line = kept.stdout.readline()
            assert line, output
            output += line
        kelambu("projections", "status", "--data", place)
        (address,) = re.findall(r"http://\S+:[0-9]+", output)
        assert address == f"http://127.0.0.1:{port}"
        assert httpx.get(f"{address}/sign-in").status_code == 200
        kept.send_signal(signal.SIGINT)
        assert kept.wait(180) == 0


def test_a_claim_as_of_an_earlier_position(demo):
    """Asked as of the position at which it was ordered, a paid claim is ordered and nothing is paid yet."""
    place, summary = demo
    asked = ("claim", summary["examples"]["paid"], "--data", place, "--json")
    now = json.loads(kelambu(*asked))
    steps = [entry["step"] for entry in now["timeline"]]
    ordered = next(step["position"] for step in steps if step["type"] == "claim.payment-ordered")
    then = json.loads(kelambu(*asked, "--known-on", ordered))
    assert (then["claim"]["status"], then["claim"]["paid"]) == ("ordered", 0)
    assert then["timeline"][-1]["step"]["position"] <= ordered
    assert now["claim"]["paid"] > 0
