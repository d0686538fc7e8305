"""Whatever a command says stands in both languages: its errors, and what an audit finds."""

import ast
import re
from pathlib import Path

import pytest

from events.message import message
from services.cli import UnknownLanguageError, chosen_language, main
from services.texts.language import said, speaking

SERVICES = Path(__file__).parents[3] / "services"
TOLD = {
    "CommandError",
    "ServerError",
    "SettingsError",
    "said",
}
"""What is called with what a person reads."""


def sentences():
    """Yield where a sentence is written out, and an example of it, its changing parts filled in."""
    for file in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in TOLD:
                continue
            for argument in node.args:
                if (text := example(argument)) is not None and re.search(r"[a-z] [a-z]", text):
                    yield f"{file.name}:{node.lineno}", text


def example(node: ast.expr) -> str | None:
    """Return the text of a literal, each part in braces as one word; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "Xx" for part in node.values]
        return "".join(str(part) for part in parts)
    return None


def test_no_sentence_stands_in_the_code_of_a_command():
    """Each with which a command ends, and each note that it prints, is a message."""
    assert list(sentences()) == []


def test_a_sentence_is_told_in_the_language_of_the_command():
    """What changes in it stays as it is; a sentence within it is told too; one without words stays English."""
    with speaking("id"):
        assert said(message("origin.not-filed", claim="C-1")) == "C-1 belum diajukan siapa pun."
        assert said(message("agency-key.untrusted", why=message("agency-key.anybody"))) == (
            "kunci ini tidak dapat dipercaya: siapa pun dapat menandatangani dengan kunci ini: buat pasangan baru."
        )
        assert said("brand new words") == "brand new words"
    with speaking("en"):
        assert said(message("origin.not-filed", claim="C-1")) == "nobody has filed C-1."


def test_the_language_is_an_option_then_a_setting_then_indonesian():
    """``--lang`` may stand anywhere and wins; what is no language is refused."""
    assert chosen_language(["claim", "C-1"], {}) == ("id", ["claim", "C-1"])
    assert chosen_language(["claim", "C-1"], {"KELAMBU_LANG": "en"}) == ("en", ["claim", "C-1"])
    assert chosen_language(["--lang", "id", "claim"], {"KELAMBU_LANG": "en"}) == ("id", ["claim"])
    assert chosen_language(["claim", "--lang=en"], {}) == ("en", ["claim"])
    with pytest.raises(UnknownLanguageError):
        chosen_language(["claim", "--lang"], {})


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "given",
    [
        ["nosuch"],
        ["claim"],
        ["claim", "C", "--nosuch"],
        ["run", "x"],
        ["payments", "due", "--as-of", "31-02-2025"],
    ],
)
def test_what_cannot_be_read_is_said_in_the_language(given, language, capsys):
    """A wrong command line is answered in the language that it asks for."""
    assert main([*given, "--lang", language]) == 2
    words = set(re.findall(r"[a-z]+", capsys.readouterr().err.lower()))
    assert not words & (
        {"the", "there", "is", "missing", "cannot", "write", "see"}
        if language == "id"
        else {"tidak", "lihat", "tulis", "bukan"}
    )
