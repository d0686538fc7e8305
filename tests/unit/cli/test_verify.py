"""``verify`` tells people each finding in the language of the command, and programs in English with its key."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from events.message import message
from projections.checkpoint import Checkpoint, DivergedError
from projections.compare import RowDifference
from services.cli import main
from services.cli.render.audit import show_audit
from services.ledger.protocol import GapError
from services.texts.errors import in_english, message_of
from services.texts.language import speaking
from services.verification.discrepancies import (
    AuditFinding,
    AuditResult,
    AuditTotals,
    Explained,
    HeldCheckpoint,
)

RESULT = AuditResult(
    findings=(
        AuditFinding(
            "payments", message("audit.never-ordered", order="A-1.1", how=message("audit.released")), 3, 7
        ),
        AuditFinding("read-model", RowDifference("claims", "claim", None, ("A-1",), key="claim=A-1").message),
        AuditFinding("ledger", message_of(GapError("p03", 4, 6)), 3, 4),
    ),
    explained=(Explained(3, 9, "p_1", "aa@1", message("audit.other-state", person="p_1")),),
    events=9,
    assessments=1,
    persons=1,
    unreadable=0,
    heads={3: 9},
    totals=AuditTotals(),
    skipped=(message("audit.no-batch-files"),),
)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "id",
            [
                "partisi 3, posisi 7, pembayaran: perintah A-1.1 dikirim ke bank dan tidak pernah diperintahkan",
                "model baca: claims, tabel claim, claim=A-1: tidak ada",
                "partisi 3, posisi 4, buku: p03: nomor 4 tidak ada, berikutnya 6",
                "tidak diperiksa: berkas setoran: tidak ada direktorinya",
            ],
        ),
        (
            "en",
            [
                "partition 3, position 7, payments: order A-1.1 is released and was never ordered",
                "read model: claims, table claim, claim=A-1: is missing",
                "partition 3, position 4, ledger: p03: number 4 is missing, 6 follows",
                "not looked at: batch files: there is no directory with any",
            ],
        ),
    ],
)
def test_people_read_findings_in_the_language_of_the_command(language, lines, capsys):
    """A sentence within a sentence is told in it too, and so is what could not be looked at."""
    with speaking(language):
        assert show_audit(RESULT, None, json=False) == 1
    said = capsys.readouterr().out
    assert [line for line in lines if line not in said] == []


def test_nothing_is_called_the_same_below_what_differs(capsys):
    """With a finding about the log only that is told up to which checkpoint it is unchanged."""
    held = tuple(
        HeldCheckpoint(name, "o", size, outside, proven)
        for name, size, outside, proven in (
            ("checkpoint", 90, False, False),
            ("checkpoints/40", 40, False, True),
            ("kept-30", 30, True, True),
            ("kept-80", 80, True, False),
        )
    )
    differs = AuditFinding("log", message("audit.log-lost", index=41, count=1))
    with speaking("en"):
        show_audit(replace(RESULT, findings=(differs,), checkpoints=held), None, json=False)
        said = capsys.readouterr().out
        assert "the same as" not in said
        assert "unchanged as far as checkpoint kept-30: the first 30 entries" in said
        assert "40" not in said
        assert "80" not in said
        show_audit(replace(RESULT, findings=(differs,), checkpoints=held[:2]), None, json=False)
        assert "as far as checkpoint checkpoints/40: the first 40 entries" in capsys.readouterr().out
        show_audit(replace(RESULT, findings=(), checkpoints=held[1:3]), None, json=False)
        said = capsys.readouterr().out
    assert "the same as under checkpoint kept-30: 30 entries" in said
    assert "unchanged" not in said


def test_programs_read_findings_in_english_with_key_and_parameters(capsys):
    """Whatever the command speaks, ``what`` is English; the message says the same without words."""
    with speaking("id"):
        show_audit(RESULT, None, json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["findings"][0] == {
        "check": "payments",
        "what": "order A-1.1 is released and was never ordered",
        "message": {
            "key": "audit.never-ordered",
            "parameters": {"order": "A-1.1", "how": {"key": "audit.released"}},
        },
        "partition": 3,
        "position": 7,
    }
    assert shown["explained"][0]["what"] == "the stored state of p_1 is not what its events come to"
    assert shown["skipped"] == ["batch files: there is no directory with any"]


def test_an_error_without_a_text_is_told_in_its_own_words():
    """One with a text is told by its message, and who has seen what the ledger lacks within it."""
    seen = message("checkpoint.read-model", name="claims")
    diverged = DivergedError(2, Checkpoint(9, "aa"), ahead=True, who=seen)
    words = "before position 9, which the read model claims has seen: it is an older copy"
    assert in_english(diverged) == f"partition 2 of the ledger ends {words}"
    assert in_english(GapError("p03", 4, 6)) == "p03: number 4 is missing, 6 follows"


@pytest.mark.parametrize(
    ("given", "said"), [("a+b+" + "x" * 300, "no verifier key"), ("none.key", "no file of keys")]
)
def test_a_text_that_is_no_key_and_a_file_without_one_are_refused(
    capsys, monkeypatch, tmp_path: Path, given: str, said: str
):
    """Neither is passed over, as if no key from outside had been asked for; nothing is opened."""
    monkeypatch.chdir(tmp_path)
    Path("none.key").write_text("# nobody's\n", encoding="utf-8")
    assert main(["verify", "--key", given, "--data", str(tmp_path / "data"), "--lang", "en"]) == 2
    told = " ".join("".join(capsys.readouterr()).split())
    assert said in told
    assert not (tmp_path / "data").exists()
