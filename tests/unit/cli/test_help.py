"""The help of the command line is whole.

A text for every command, parameter, panel and value, and none that nobody sees.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator

import pytest
from cyclopts import App, Argument

from services.cli import main
from services.cli.app import COMMANDS, build
from services.cli.help import parameter
from services.texts.catalogue import text, texts

Words = tuple[str, ...]


def commands(app: App, words: Words = ()) -> Iterator[tuple[Words, App]]:
    """Yield every command and family of commands with its words."""
    for name in app:
        if not name.startswith("-"):
            yield (*words, name), app[name]
            yield from commands(app[name], (*words, name))


@pytest.fixture(scope="module")
def known() -> dict[Words, App]:
    """Return every command and family by its words."""
    return dict(commands(build()))


@pytest.fixture(scope="module")
def parameters(known: dict[Words, App]) -> list[tuple[str, Argument]]:
    """Return every parameter with the key of its text."""
    return [
        (parameter(words, argument.name.lstrip("-").lower()), argument)
        for words, app in known.items()
        if app.default_command is not None
        for argument in app.assemble_argument_collection()
        if not argument.children
    ]


def of(table: str) -> set[str]:
    """Return the keys of a table of texts."""
    return {key for key in texts() if key.startswith(f"{table}.")}


def test_every_command_and_parameter_has_its_help_and_no_help_is_left_over(known, parameters):
    """A text in both languages for each; what nobody sees is none of them."""
    summaries = {app.help for app in known.values()}
    shown = {"help.summary", "help.epilogue", *summaries, *(key for key, _ in parameters)}
    examples = {".".join(("help", *words, "example")) for words in known}
    assert len(known) == len(summaries) > 40
    assert shown == of("help") - examples


@pytest.mark.parametrize(
    "words", [tuple(w.split()) for p in ("ask", "audit") for w in COMMANDS[p]], ids=" ".join
)
def test_every_question_has_an_example_that_can_be_typed(words):
    """In both languages; the command line takes it as it stands."""
    example = text(".".join(("help", *words, "example")))
    for typed in (example.en, example.id):
        program, *arguments = shlex.split(typed)
        assert (program, tuple(arguments[: len(words)])) == ("kelambu", words)
        build().parse_args(arguments, print_error=False, exit_on_error=False)


def test_the_page_of_a_command_shows_its_example_on_one_line(capsys):
    """As long as it is, so that it can be copied."""
    assert main(["engagement", "open", "--help"]) == 0
    assert f"  {text('help.engagement.open.example').id}\n" in capsys.readouterr().out


def test_what_is_shared_is_shared(parameters):
    """A text of several commands stands once, and one of a single command stands with the command."""
    uses = Counter(key for key, _ in parameters)
    assert [key for key in of("help.option") if uses[key] < 2] == []


def test_a_text_has_a_blank_where_a_parameter_says_what_is_known(parameters):
    """Neither is one without the other."""
    assert {key for key, argument in parameters if argument.parameter.help} == {
        key for key in of("help") if "{known}" in text(key).en
    }


def test_every_panel_has_a_title_and_every_title_a_panel():
    """Those of the commands, and the three that every page may have."""
    titles = {*COMMANDS, "help", "commands", "arguments", "parameters"}
    assert {f"panel.{title}" for title in titles} == of("panel")


def test_every_value_has_a_word_and_every_word_stands_for_a_value(known, capsys):
    """In the usage of every page and before each parameter, as cyclopts writes them."""
    named: set[str] = set()
    for words in known:
        assert main([*words, "--help", "--lang", "en"]) == 0
        page = capsys.readouterr().out
        usage, *_ = page.split("\n\n")
        named.update(re.findall(r"\b[A-Z]{2,}(?:-[A-Z]+)*\b", usage))
        named.update(re.findall(r"│ (?:--[a-z-]+ )?([A-Z]{2,}(?:-[A-Z]+)*)\b", page))
    assert {f"value.{name.lower()}" for name in named} == of("value")
