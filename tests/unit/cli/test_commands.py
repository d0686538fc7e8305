"""Every command explains itself, and ends with the exit code and the sentence that its user can rely on."""

import io
import json
import shutil
import socket
import sys
from pathlib import Path

import pytest

from services.book.cut import FigureHandle, Places
from services.claims.moment import look_back
from services.cli import main
from services.cli.error_messages import explain
from services.texts.language import said, speaking

COMMANDS = (
    "demo",
    "simulate",
    "replay",
    "scenarios",
    "up",
    "run",
    "doctor",
    "agency add",
    "agency list",
    "agency key add",
    "agency key trust",
    "agency key list",
    "agency key revoke",
    "agency key pair",
    "publish",
    "receipts",
    "outcomes",
    "quarantine list",
    "quarantine show",
    "quarantine retry",
    "claim",
    "explain",
    "scholarships",
    "payments due",
    "payments made",
    "coverage",
    "overview",
    "agency report",
    "rulebook show",
    "agencies",
    "export claims",
    "export ledger",
    "export agency-events",
    "export trail",
    "export tables",
    "export check",
    "sql",
    "projections status",
    "projections rebuild",
    "parked list",
    "parked retry",
    "parked discard",
    "verify",
    "whatif",
    "origin",
    "recall",
    "trail",
    "figure",
    "engagement open",
    "engagement list",
    "engagement show",
    "engagement close",
    "backup",
    "restore",
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "EDGE_URL", "KELAMBU_DATA", "KELAMBU_DATABASE", "KELAMBU_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KELAMBU_LANG", "en")


def test_help_names_every_command(capsys):
    """`kelambu --help` lists all commands in groups, and the exit codes."""
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(command.split()[0] in said for command in COMMANDS)
    assert "Exit codes" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    """Each command's help gives its usage and says in a sentence what it does."""
    assert main([*command.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert f"kelambu {command}" in said
    assert "Parameters" in said or "Arguments" in said or command == "doctor"


@pytest.mark.parametrize(
    "wrong",
    [
        ["no-such-command"],
        ["claim"],
        ["claim", "C-1", "--lang", "fr"],
        ["claim", "C-1"],
        ["claim", "C-1", "--known-on", "yesterday"],
        ["verify"],
        ["agency", "list"],
        ["quarantine", "list"],
        ["replay", "no-such-file"],
        ["restore", "no-such-backup"],
        ["demo", "--participants", "3", "--claims", "4"],
        ["projections", "rebuild", "no-such-model"],
        ["run", "no-such-service"],
        ["agency", "add", "dukcapil", "--types", "claim.verified"],
        ["agency", "add", "dukcapil", "--types", "claim.filed", "--findings", "death"],
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_exit_2(wrong, capsys):
    """An error is said on stderr in a line or two, without a traceback, and nothing is printed as data."""
    assert main(wrong) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("kelambu: ")
    assert "Traceback" not in said.err


@pytest.mark.parametrize("wrong", [("--rows", "-5"), ("--rows", "0"), ("--seconds", "-1")])
def test_a_number_that_is_too_small_is_told_with_the_least(wrong, capsys):
    """And the option that it was given for."""
    assert main(["sql", "SELECT 1", *wrong]) == 2
    assert f"{' '.join(wrong)}: write a whole number of at least 1." in capsys.readouterr().err


def test_a_wrong_argument_names_the_help_of_its_command(capsys):
    """The hint leads to the command that was meant, not to the list of all."""
    assert main(["quarantine", "show", "dinsos"]) == 2
    assert "See: kelambu quarantine show --help" in capsys.readouterr().err
    assert main(["no-such-command"]) == 2
    assert "See: kelambu --help" in capsys.readouterr().err


def test_a_dash_is_standard_input(capsys, monkeypatch):
    """`publish -` is no option: it is refused only since there is nothing to publish into."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}\n")))
    assert main(["publish", "-", "--as", "dinsos"]) == 2
    assert "there is nothing in" in capsys.readouterr().err


def test_a_position_may_stand_behind_its_partition():
    """The timeline shows ``2:180``; what is shown can be asked."""
    assert look_back("180") == Places({None: 180})
    assert look_back("2:180") == Places({2: 180})
    assert look_back("f-7k2q-9xmt") == FigureHandle("f-7k2q-9xmt")
    assert look_back("0:5,1:7") == Places({0: 5, 1: 7})


def test_a_missing_driver_is_named():
    """Where PostgreSQL is asked for without its driver, the sentence says what to install."""
    assert "uv sync --extra postgres" in str(explain(ModuleNotFoundError(name="psycopg")))


def test_an_unexpected_error_tells_nothing_personal():
    """The text of an error that nobody foresaw may name a person, so only its kind is said."""
    sentence = explain(ValueError("NIK 1606012345678901"))
    assert "ValueError" in str(sentence)
    assert "1606" not in str(sentence)


def test_debug_gives_kind_and_places(capsys):
    """With --debug the error's kind and the places it came through are printed before the sentence."""
    assert main(["claim", "C-1", "--debug"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("CommandError\n")
    assert "services/cli/read_models.py:" in said


def test_a_clean_replay_ends_with_0_and_a_refusal_with_1(tmp_path, capsys):
    """`replay` ends with 1 exactly when a line was refused, and prints JSON that a program can read."""
    clean, wrong = tmp_path / "clean.jsonl", tmp_path / "wrong.jsonl"
    assert (
        main(["simulate", "--participants", "30", "--claims", "4", "--no-trouble", "--out", str(clean)]) == 0
    )
    wrong.write_bytes(clean.read_bytes() + b"no JSON\n")
    capsys.readouterr()
    assert main(["replay", str(clean), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["participants"] == 30
    assert main(["replay", str(wrong), "--json"]) == 1
    assert [refused["code"] for refused in json.loads(capsys.readouterr().out)["refused"]] == ["invalid"]


def test_doctor_tells_what_is_open_and_which_port_is_taken(capsys, monkeypatch, tmp_path: Path):
    """Each with its place and what to do; nothing is changed."""
    (tmp_path / "batches").mkdir()
    (tmp_path / "batches" / "one.csv").touch()
    (tmp_path / "batches" / "one.csv").chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("KELAMBU_HTTP_PORT", str(port))
        monkeypatch.setenv("KELAMBU_GATEWAY_PORT", "0")
        assert main(["doctor", "--json", "--data", str(tmp_path)]) == 1
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks["permissions"]["found"].startswith(f"other users may open {tmp_path}")
    assert f"chmod -R go= {tmp_path}" in checks["permissions"]["cure"]
    assert checks["ports"]["found"] == f"{port} taken"
    assert "KELAMBU_HTTP_PORT" in checks["ports"]["cure"]
    assert (tmp_path / "batches" / "one.csv").stat().st_mode & 0o044


@pytest.mark.parametrize(("language", "sentence"), [("id", "sama-sama 8699"), ("en", "are both 8699")])
def test_one_port_for_two_things_is_refused_by_both_settings(
    capsys, monkeypatch, tmp_path, language, sentence
):
    """``doctor`` says it, and ``up`` starts nothing."""
    monkeypatch.setenv("KELAMBU_HTTP_PORT", "8699")
    monkeypatch.setenv("KELAMBU_GATEWAY_PORT", "8699")
    for command in ("doctor", "up"):
        assert main([command, "--data", str(tmp_path / "data"), "--lang", language]) in (1, 2)
        said = " ".join("".join(capsys.readouterr()).split())
        assert sentence in said
        assert "KELAMBU_GATEWAY_PORT" in said
        assert "KELAMBU_HTTP_PORT" in said
    assert not (tmp_path / "data").exists()


def test_doctor_finds_nothing_amiss_on_a_fresh_directory(capsys, monkeypatch):
    """Where Kelambu can run, every check is ok; nothing is created by looking."""
    for setting in ("KELAMBU_GATEWAY_PORT", "KELAMBU_HTTP_PORT"):
        monkeypatch.setenv(setting, "0")
    assert main(["doctor", "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)
    assert {check["name"] for check in checks} >= {"Python", "server", "data directory", "disk", "keys"}
    assert all(check["ok"] for check in checks)


def test_the_demo_leaves_other_directories_alone(tmp_path, capsys):
    """A directory that the demo did not make is never emptied."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep")
    assert main(["demo", "--data", str(precious)]) == 2
    assert (precious / "file").read_text() == "keep"
    assert "was not made by the demo" in capsys.readouterr().err


def test_the_command_is_installed():
    """The package installs the command `kelambu` beside the interpreter."""
    from pathlib import Path

    assert Path(sys.executable).with_name("kelambu").exists()


def test_a_copy_that_could_not_be_made_is_told_in_words() -> None:
    """What the copying of a directory says names many files; a person is told what to look at."""
    sentence = explain(shutil.Error([("a", "b", "No space left on device")]))
    assert str(sentence) == "not all files could be copied. Is the disk full? Free some space and try again."
    with speaking("id"):
        assert said(sentence.what) == "tidak semua berkas dapat disalin."


def test_an_error_fits_a_terminal_and_is_one_line_in_a_pipe(capsys, monkeypatch):
    """So that people read it, and programs find it."""
    asked = ["explain", "A-1", "--rulebook", "other", "--lang", "en"]
    assert main(asked) == 2
    whole = capsys.readouterr().err
    monkeypatch.setenv("COLUMNS", "60")
    assert main(asked) == 2
    wrapped = capsys.readouterr().err
    assert max(map(len, wrapped.splitlines())) <= 60 < max(map(len, whole.splitlines()))
    assert wrapped.split() == whole.split()
