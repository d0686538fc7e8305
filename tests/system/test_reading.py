"""What people read, over one small demo: nothing is cut at any width, and each language has its own words and no code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.benefits.reading.folder import load
from services.cli import main
from services.cli.render.terms import LanguageTexts, number
from services.contract.words import WORDS
from services.runtime.embedded_server import EmbeddedServer

COMMANDS = {
    "payments sums": {"entitled", "undecided", "ordered", "released", "matched", "paid_by_bank", "unmatched"},
    "payments due --as-of DUE": {"order", "amount", "compensation"},
    "coverage --by sector --from 01-2025 --to 12-2025": {"participants", "covered"},
    "coverage --by sponsor --from 06-2025 --to 06-2025": {"participants", "covered"},
    "scholarships --as-of 30-06-2025": {"claim", "confirmed", "paid", "future"},
    "agencies": {"agency", "sent", "admitted"},
    "agency list": {"name"},
    "agency key list bank-sumsel": {"id"},
    "quarantine list --resolved": {"document", "id", "agency"},
    "projections status": {"projection", "events"},
    "doctor": set[str](),
    "verify": set[str](),
    "claim PAID": {"claim", "order", "entitled", "ordered", "released", "paid_by_bank", "position"},
    "claim WAITING": {"claim", "position"},
    "claim DENIED": {"claim", "position"},
    "explain PAID": {"claim", "order", "ref"},
    "explain WAITING": {"claim", "ref"},
    "explain DENIED": {"claim", "ref"},
    "origin PAID": {"event", "position", "key"},
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


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a data directory with a finished demo, its server running, and a claim of each status.

    Of this seed one claim waits, three are denied and one filing was taken back.
    """
    data = tmp_path_factory.mktemp("demo") / "data"
    command = [str(Path(sys.executable).with_name("kelambu")), "demo", "--data", str(data), "--json"]
    size = ["--participants", "100", "--claims", "40", "--seed", "10"]
    done = subprocess.run([*command, *size], capture_output=True, check=True, timeout=600)
    examples = json.loads(done.stdout)["examples"]
    story = subprocess.run(
        [command[0], "claim", examples["paid"], "--data", str(data), "--json"],
        capture_output=True,
        check=True,
    )
    steps = [told["step"] for told in json.loads(story.stdout)["timeline"]]
    due = next(step["says"]["date"] for step in steps if step["type"] == "claim.payment-ordered")
    server = EmbeddedServer.start(data)
    yield data, {**examples, "due": due}
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
        told = {str(value)} if isinstance(value, str) else {words.amount(value), number(value)}
        assert not value or any(one in text for one in told), value
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
    told = {}
    for language in ("id", "en"):
        main([*asked(command, place), "--lang", language])
        text = LEGAL.sub("", capsys.readouterr().out.replace(str(place[0]), ""))
        text = re.sub(r"\[[^\]]*\]|`[^`]*`|\([a-z-]+\)", "", text)
        assert not re.search(r"\b(heir|child|provider):", text)
        told[language] = set(re.findall(r"(?<![\w.:/-])[A-Za-z][A-Za-z-]*(?![\w.:/-])", text))
    assert {word.lower() for word in told["id"]} & ENGLISH == set()
    assert told["id"] & (CODES - SHARED) == set()
    assert {word.lower() for word in told["en"]} & INDONESIAN == set()


def test_a_moment_before_the_claim_is_answered_alike(place, capsys):
    """``claim`` and ``explain`` say the same of a moment before a claim was known, and of another partition."""
    number_ = place[1]["paid"]
    for moment in ("1", "2020-01-01", "01-01-2020", "2020-01-01T10:00"):
        said = []
        for command in ("claim", "explain"):
            assert main([*asked(f"{command} {number_}", place), "--as-of", moment]) == 2
            said.append(capsys.readouterr().err)
        assert said[0] == said[1]
        assert "belum tercatat" in said[0]
    said = []
    for command in ("claim", "explain"):
        assert main([*asked(f"{command} {number_}", place), "--as-of", "99:5"]) == 2
        said.append(capsys.readouterr().err)
    assert said[0].splitlines()[0] == said[1].splitlines()[0]
    assert "99" in said[0]


def test_a_filing_that_was_taken_back_is_told_alike(place, capsys):
    """``claim``, ``explain`` and ``export`` give one status and one text to a claim whose filing was taken back."""
    taken_back = place[1]["retracted"]
    main([*asked(f"claim {taken_back}", place), "--json"])
    told = json.loads(capsys.readouterr().out)
    main([*asked(f"explain {taken_back}", place), "--json"])
    explained = json.loads(capsys.readouterr().out)
    assert told["claim"]["status"] == "retracted"
    assert told["sentence"] == explained["lines"][0]
    assert "sudah dicabut" in told["sentence"]
