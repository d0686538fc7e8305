"""What people read, over one small demo.

Nothing is cut at any width, and each language has its own words and no code.
"""

import json
import os
import re
import subprocess
import sys

import pytest
from msgspec.structs import replace

from services.benefits.reading.folder import load
from services.cli import main
from services.cli.opening import with_installation
from services.contract.words import WORDS
from services.evidence import verifier
from services.letters.signature import signed
from services.letters.statement import read as read_line
from services.notary.key_changes import ensure_keys
from services.notary.origins import log_origin
from services.notary.signing_keys import NotarySigner
from services.runtime.embedded_server import EmbeddedServer
from services.wording.terms import LanguageTexts, number
from tests.demos import copy_of_small_demo
from tests.forked import KELAMBU, run

COMMANDS = {
    "payments sums": {"entitled", "undecided", "ordered", "released", "matched", "paid_by_bank", "unmatched"},
    "payments due --as-of DUE": {"order", "amount", "compensation"},
    "coverage --by sector --from 01-2025 --to 12-2025": {"participants", "covered"},
    "coverage --by sponsor --from 06-2025 --to 06-2025": {"participants", "covered"},
    "overview --by district --from 01-2025 --to 12-2025": {
        "participants",
        "covered",
        "claims",
        "entitled",
        "open",
    },
    "scholarships --as-of 30-06-2025": {"claim", "confirmed", "paid", "future"},
    "agencies": {"agency", "sent", "admitted"},
    "agency list": {"name"},
    "agency report rsud-sekayu": {"facts", "corrections", "refused"},
    "rulebook show": {"code"},
    "agency key list bank-sumsel": {"id"},
    "quarantine list": {"document", "id", "agency"},
    "projections status": {"projection", "events"},
    "doctor": set[str](),
    "verify": set[str](),
    "claim PAID": {"claim", "order", "entitled", "ordered", "released", "paid_by_bank", "position"},
    "claim PAID --times": {"claim"},
    "claims": {"claim", "entitled", "paid_by_bank"},
    "person PERSON": {"person", "entitled", "paid_by_bank"},
    "diff --known-on 30-06-2025": {"claim"},
    "controls": {"amount"},
    "controls late": {"hit", "claim", "person", "amount"},
    "controls duplicate-person --reason Pemeriksaan": set[str](),
    "findings list": set[str](),
    "claim WAITING": {"claim", "position"},
    "claim DENIED": {"claim", "position"},
    "explain PAID": {"claim", "order", "ref"},
    "explain WAITING": {"claim", "ref"},
    "explain DENIED": {"claim", "ref"},
    "origin PAID": {"event", "position", "key"},
    "letter PAID": set[str](),
    "letter WAITING": set[str](),
    "letter DENIED": set[str](),
    "letter RETRACTED": set[str](),
}
"""Each command, and which values of its JSON must stand whole in its text."""
WIDTHS = (80, 120)
ENGLISH = {"the", "of", "is", "was", "not", "by", "to", "has", "which", "paid", "none", "waits", "yes"}
INDONESIAN = {
    "dan",
    "yang",
    "tidak",
    "atau",
    "belum",
    "dengan",
    "dari",
    "dibayar",
    "menunggu",
    "ada",
    "klaim",
}
LEGAL = re.compile(r"^.*(?:PP|Permenaker|Perdir|Keputusan|Pasal|Lampiran).*$", re.MULTILINE)
"""Citations and titles of the law stay as the law has them."""
SIGNED_LINE = re.compile(r"kelambu-letter/1\|\S+(?:\n +\S{10,})*")
"""The code of a letter is the same in each language, cut where it would be too wide."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a data directory with a finished demo, its server running, and a claim of each status.

    Of its seed three claims wait, one is denied and one filing was taken back.
    """
    data = tmp_path_factory.mktemp("demo") / "data"
    examples = json.loads(copy_of_small_demo(tmp_path_factory, data))["examples"]
    story = run((*KELAMBU, "claim", examples["paid"], "--data", str(data), "--json"), os.environ)
    found = json.loads(story.stdout)
    steps = [entry["step"] for entry in found["timeline"]]
    due = next(step["says"]["date"] for step in steps if step["type"] == "claim.payment-ordered")
    server = EmbeddedServer.start(data)
    yield data, {**examples, "due": due, "person": found["claim"]["person"]}
    server.stop()


def asked(command, place):
    """Return the arguments of a command over the demo."""
    data, examples = place
    words = [
        examples[word.lower()] if word.isupper() and word.lower() in examples else word
        for word in command.split()
    ]
    return [*words, "--data", str(data)]


_KNOWN: dict[tuple[str, ...], object] = {}


def known(arguments, capsys):
    """Return the JSON of a command, asked for once; of agencies not each type that they sent."""
    if tuple(arguments) not in _KNOWN:
        main([*arguments, "--json"])
        content = json.loads(capsys.readouterr().out)
        _KNOWN[tuple(arguments)] = content["agencies"] if arguments[0] == "agencies" else content
    return _KNOWN[tuple(arguments)]


def values(content, names):
    """Yield every value of these names in a JSON content."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name in names and isinstance(value, str | int):
                yield value
            yield from values(value, names)
    elif isinstance(content, list):
        for one in content:
            yield from values(one, names)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_value_stands_whole(command, width, language, place, capsys, monkeypatch):
    """Each amount, number and identifier of the JSON is in the text unbroken, and no line is wider than the terminal."""
    arguments = asked(command, place)
    content = known(arguments, capsys)
    monkeypatch.setenv("COLUMNS", str(width))
    main([*arguments, "--lang", language])
    text = capsys.readouterr().out
    words = LanguageTexts(language, load().scheme)
    found = list(values(content, COMMANDS[command]))
    assert found or not COMMANDS[command]
    for value in found:
        forms = {str(value)} if isinstance(value, str) else {words.amount(value), number(value)}
        assert not value or any(one in text for one in forms), value
    assert [line for line in text.splitlines() if len(line) > width and " " in line.strip()] == []


CODES = {code for choices in WORDS.choices.values() for code in choices} | {
    "heir",
    "child",
    "provider",
    "self",
}
SHARED = {"orthosis", "transport", "other", "JKK", "JKM", "TK", "SD", "SMP", "SMA", "PT", "P3KE", "DTSEN"}
"""Codes that are words of the law or of both languages."""


@pytest.mark.parametrize("command", COMMANDS)
def test_each_language_has_its_own_words(command, place, capsys, monkeypatch):
    """No English word and no code in Indonesian, no Indonesian word in English; the law's own names stay."""
    monkeypatch.setenv("COLUMNS", "200")
    vocabulary = {}
    for language in ("id", "en"):
        main([*asked(command, place), "--lang", language])
        text = LEGAL.sub("", SIGNED_LINE.sub("", capsys.readouterr().out.replace(str(place[0]), "")))
        text = re.sub(r"\[[^\]]*\]|`[^`]*`|\([a-z-]+\)", "", text)
        assert not re.search(r"\b(heir|child|provider):", text)
        vocabulary[language] = set(re.findall(r"(?<![\w.:/-])[A-Za-z][A-Za-z-]*(?![\w.:/-])", text))
    assert {word.lower() for word in vocabulary["id"]} & ENGLISH == set()
    assert vocabulary["id"] & (CODES - SHARED) == set()
    assert {word.lower() for word in vocabulary["en"]} & INDONESIAN == set()


def test_a_moment_before_the_claim_is_answered_alike(place, capsys):
    """``claim`` and ``explain`` say the same of a moment before a claim was known, and of another partition."""
    number_ = place[1]["paid"]
    for moment in ("1", "2020-01-01", "01-01-2020", "2020-01-01T10:00"):
        said = []
        for command in ("claim", "explain"):
            assert main([*asked(f"{command} {number_}", place), "--known-on", moment]) == 2
            said.append(capsys.readouterr().err)
        assert said[0] == said[1]
        assert "belum tercatat" in said[0]
    said = []
    for command in ("claim", "explain"):
        assert main([*asked(f"{command} {number_}", place), "--known-on", "99:5"]) == 2
        said.append(capsys.readouterr().err)
    assert said[0].splitlines()[0] == said[1].splitlines()[0]
    assert "99" in said[0]


def test_what_stood_on_a_fact_is_what_the_ledger_says_of_it(place, told, tmp_path, capsys):
    """Read from the exported ledger alone: which assessments name the fact, which orders were made with them."""
    number = place[1]["paid"]
    fact = told(f"explain {number}")["explanation"]["basis"]["facts"][0]
    main(asked(f"export ledger --out {tmp_path / 'ledger.jsonl'}", place))
    events = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    decided = [
        event
        for event in events
        if event["type"] == "kelambu.claim.assessed.v1"
        and fact in event["data"].get("basis", {}).get("facts", ())
    ]
    causes = {(event["data"]["claim"], event["causationid"]) for event in decided}
    orders = [
        event["data"]
        for event in events
        if event["type"] == "kelambu.claim.payment-ordered.v1"
        and (event["data"]["claim"], event["causationid"]) in causes
    ]
    capsys.readouterr()
    assert main([*asked(f"recall {fact}", place), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["event"] for one in found["facts"]] == [fact]
    assert {(one["partition"], one["position"]) for one in found["decisions"]} == {
        (event["partition"], event["position"]) for event in decided
    }
    assert [one["version"] for one in found["decisions"] if one["latest"]] == [
        max(event["data"]["version"] for event in decided)
    ]
    assert {one["order"] for one in found["orders"]} == {order["order"] for order in orders}
    assert found["sums"]["ordered"] == sum(order["amount"] for order in orders) > 0
    assert main(asked("recall nobody:nothing", place)) == 2


@pytest.mark.parametrize(
    "command",
    [
        "claims --agency nobody",
        "claims --district 99.99.99",
        "claims --programme JHT",
        "claims --status nope",
        "claims --from 31-12-2025 --to 01-01-2025",
        "exceptions --claim MUBA-2025-99999",
        "exceptions --agency nobody",
    ],
)
def test_a_slip_in_what_narrows_a_list_is_refused(command, place, capsys):
    """An empty list would look like an answer."""
    assert main(asked(command, place)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) >= 2


def test_a_day_in_the_past_of_the_book_of_today_is_said_to_be_one(place, capsys):
    """Of two ways to look at a day the one that was chosen is named; where the other was taken it is not."""
    later = "01-06-2025 --lang en"
    for command in ("deadlines", "exceptions"):
        main(asked(f"{command} --on {later}", place))
        assert "what happened after 01-06-2025 is in it" in " ".join(capsys.readouterr().out.split())
        main(asked(f"{command} --true-on {later}", place))
        assert "is in it" not in " ".join(capsys.readouterr().out.split())


def test_a_filing_that_was_taken_back_is_told_alike(place, capsys):
    """``claim``, ``explain`` and ``export`` give one status and one text to a claim whose filing was taken back."""
    taken_back = place[1]["retracted"]
    main([*asked(f"claim {taken_back}", place), "--json"])
    answer = json.loads(capsys.readouterr().out)
    main([*asked(f"explain {taken_back}", place), "--json"])
    explained = json.loads(capsys.readouterr().out)
    assert answer["claim"]["status"] == "retracted"
    assert answer["sentence"] == explained["lines"][0]
    assert "sudah dicabut" in answer["sentence"]


@pytest.fixture
def told(place, capsys):
    """Return a way to ask a command for its JSON."""

    def ask(command, code=0):
        capsys.readouterr()
        assert main([*asked(command, place), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return ask


@pytest.mark.parametrize("status", ["paid", "waiting", "denied", "retracted"])
def test_the_file_of_a_claim_is_the_same_elsewhere(status, place, told, tmp_path, capsys):
    """Taken twice it has the same bytes.

    Checked without the installation it says what ``claim`` says of the same day.
    """
    for day in ("30-09-2025", "31-12-2025", "30-06-2026"):
        claim = f"{status.upper()} --known-on {day}"
        known_then = main(asked(f"claim {claim}", place)) == 0
        capsys.readouterr()
        if not known_then:
            continue
        first, again = tmp_path / f"{day}.zip", tmp_path / f"{day}-again.zip"
        told(f"claim-file {claim} --out {first}")
        told(f"claim-file {claim} --out {again}")
        assert first.read_bytes() == again.read_bytes()
        capsys.readouterr()
        assert main(["recheck", str(first), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        there = told(f"claim {claim}")["claim"]
        assert (found["findings"], found["pages"]) == ([], 4)
        assert found["result"]["status"] == there["status"]
        sums = found["result"]["sums"] | {"returned": found["result"]["returned"]}
        assert {name: there[name] for name in sums} == sums
    assert first.exists()


def test_what_one_claim_says_is_shown_for_a_reason_that_is_recorded(place, told, capsys):
    """Names of that claim and of nobody else, and the last record of the trail is of it."""
    assert main(asked("claim PAID --clear", place)) == 2
    assert "--reason" in capsys.readouterr().err
    opened = told("claim PAID --clear --reason keberatan")["opened"]
    number = place[1]["paid"]
    assert all(number in one["event"] for one in opened)
    assert any(path == "claimant.name" for one in opened for path in one["values"])
    read = told("trail --kind personal-data-read")[-1]
    assert (read["reason"], read["record"]["what"], read["record"]["subject"]) == (
        "keberatan",
        "claim",
        number,
    )


def test_a_letter_that_is_brought_is_told_from_a_forged_one(place, told, tmp_path, capsys):
    """By its code: what the fund says still, what it said once, what nobody there has signed, and what the book never said."""
    data = place[0]

    async def keys(installation):
        origin = log_origin(installation.identity.id, 1)
        await ensure_keys(installation, installation.settings.signing_keys, origin, begun=False)
        return NotarySigner(installation.settings.signing_keys, origin).of_letters()

    signer = with_installation(data, keys)
    paid = told("claim PAID")["timeline"][-1]["step"]["position"]

    def line(options):
        (block,) = [
            block
            for part in told(f"letter PAID {options}")["parts"]
            for block in part["blocks"]
            if block["type"] == "signature"
        ]
        return block["beside"]["text"]

    def verdict(text):
        code = main(["letter", "--check", text, "--data", str(data), "--json"])
        return code, json.loads(capsys.readouterr().out)["verdict"]

    today, before = line(""), line(f"--known-on {paid - 1}")
    statement, _ = read_line(today)
    other = replace(statement, amount=statement.amount + 1)
    assert verdict(today) == (0, "still-so")
    assert verdict(before) == (0, "superseded")
    assert verdict(today.replace("|paid|", "|ordered|")) == (1, "forged")
    assert verdict(signed(other, signer)) == (1, "unfounded")
    assert main(["letter", "--check", today[:80], "--data", str(data)]) == 2
    command = [sys.executable, verifier.__file__, "letter", today, "--key", str(signer.key)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert "beside" in told("letter PAID")["parts"][-1]["blocks"][-1]
    file = tmp_path / "claim.zip"
    assert main(asked(f"claim-file PAID --out {file}", place)) == 0
    assert main(["recheck", str(file)]) == 0


def test_names_stand_only_in_a_file_in_clear(place, told, tmp_path, capsys):
    """For a reason, of this claim's events alone, and the audit trail has who and why; else nowhere in the file."""
    sealed, clear = tmp_path / "sealed", tmp_path / "clear"
    refused = asked(f"claim-file PAID --out {clear} --clear", place)
    assert main(refused) == 2
    assert "--reason" in capsys.readouterr().err
    told(f"claim-file PAID --out {sealed}")
    assert main([*refused, "--reason", "keberatan ahli waris", "--by", "Rina"]) == 0
    capsys.readouterr()
    assert main(["recheck", str(clear)]) == 0
    assert main(["recheck", str(sealed)]) == 0
    opened = [json.loads(line) for line in (clear / "opened.jsonl").read_bytes().splitlines()]
    own = {step["step"]["ref"] for step in told("claim PAID")["timeline"]}
    assert {one["event"] for one in opened} <= own
    names = {value for one in opened for path, value in one["values"].items() if path.endswith(".name")}
    assert names
    everything = b"".join(file.read_bytes() for file in sealed.rglob("*") if file.is_file())
    assert [name for name in names if name.encode() in everything] == []
    assert all(name in (clear / "index.html").read_text("utf-8") for name in names)
    read = [one for one in told("trail") if one["record"]["type"] == "personal-data-read"]
    assert read[-1]["record"]["subject"] == place[1]["paid"]
    assert (read[-1]["by"], read[-1]["reason"]) == ("Rina", "keberatan ahli waris")
    letter = tmp_path / "letter.html"
    assert main([*asked(f"letter PAID --out {letter} --clear", place), "--reason", "keberatan"]) == 0
    assert any(name in letter.read_text("utf-8") for name in names)


def test_a_figure_names_the_moment_at_which_it_was_shown(place, told, capsys):
    """``--known-on`` takes its handle: of the whole book, of one claim and of what changed since."""
    shown = told("payments sums", code=1)  # not all that the bank paid is matched to an order
    handle = shown.pop("figure")
    again = told(f"payments sums --known-on {handle}", code=1)
    assert {name: again[name] for name in shown if name != "figure"} == shown
    assert told(f"claim PAID --known-on {handle}")["claim"] == told("claim PAID")["claim"]
    assert told(f"diff --known-on {handle}")["claims"] == []
    capsys.readouterr()
    main(asked(f"diff --known-on {handle} --lang en", place))
    days, places = capsys.readouterr().out.splitlines()[:2]
    assert re.fullmatch(r"From \d\d-\d\d-\d{4} \d\d\.\d\d WIB to \d\d-\d\d-\d{4} \d\d\.\d\d WIB", days)
    assert places.startswith(f"Positions {handle} (0:")
    assert main(asked("claims --known-on F-0000-0000", place)) == 2
    assert "F-0000-0000" in capsys.readouterr().err


@pytest.mark.parametrize(
    "how",
    [
        ("orders", "--strata", "district", "--to", "31-12-2025"),
        ("payments", "--method", "monetary-unit", "--band", "Rp5.000.000", "--known-on", "30-09-2025"),
    ],
    ids=["items", "rupiah"],
)
def test_a_frame_that_is_gone_is_built_again_at_its_cut(how, place, capsys):
    """Byte for byte, so that the same items are drawn."""
    data, (of, *options) = place[0], how
    where = ["--data", str(data)]
    assert main(["sample", "freeze", of, of, "--tolerable", "20%", *options, *where]) == 0
    assert main(["sample", "seed", of, "--seed", "847261", "--source", "a die", *where]) == 0
    assert main(["sample", "draw", of, *where]) == 0
    file = data / "samples" / f"{of}.csv"
    content = file.read_bytes()
    assert len(content.splitlines()) > 5
    file.unlink()
    capsys.readouterr()
    assert main(["sample", "list", of, "--json", *where]) == 0
    assert json.loads(capsys.readouterr().out)["items"]
    assert file.read_bytes() == content


def test_whatever_is_looked_at_under_an_audit_is_recorded_with_it(place, told, capsys):
    """Letter, origin and opened values too; each figure among it is the same when it is asked for again."""
    begun = "--letter ST-88 --from 2025-01-01 --to 2025-12-31 --until 2099-12-31 --district 16.06.99"
    assert main(asked(f"engagement open 88 {begun}", place)) == 0
    looks = (
        "claim PAID",
        "explain PAID",
        "recall --agency dinas-sosial",
        "controls --reason Audit",
        "letter PAID",
    )
    for command in (*looks, "origin PAID", "findings list", "agencies", "diff --known-on 30-06-2025"):
        assert main([*asked(command, place), "--engagement", "88", "--json"]) in (0, 1)
        assert "88" in capsys.readouterr().err, command
    done = [one["record"] for one in told("engagement show 88")["done"]]
    shown = [one.get("query", one.get("what")) for one in done[1:]]
    opening = "controls duplicate-person, gathered-reviews"
    figures = ["claim", "explain", "recall", opening, "controls", "letter", "origin"]
    assert shown == [*figures, "findings list", "agencies", "diff"]
    for handle in [one["handle"] for one in done if "handle" in one][:3]:
        assert told(f"figure {handle}")["same"]


def test_a_moment_that_is_none_of_the_book_is_told(place, capsys):
    """Before the first event nothing would look like an answer.

    Of one that has not come it is said up to when one knows.
    """
    assert main(asked("claims --known-on 01-01-1999", place)) == 2
    assert "belum ada yang tercatat" in " ".join(capsys.readouterr().err.split())
    assert main(asked("claims --known-on 31-12-2098", place)) == 0
    assert "belum tiba" in " ".join(capsys.readouterr().err.split())
