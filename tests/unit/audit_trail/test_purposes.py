"""For what personal data are opened: every purpose that is recorded has its words, and no other has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from events.message import LANGUAGES
from services.audit_trail.records import PersonalDataRead
from services.texts.catalogue import texts
from services.wording.figures import asked_for, parameter_value
from services.wording.terms import LanguageTexts
from services.wording.trail import read_for, what_was_done

SERVICES = Path(__file__).parents[3] / "services"


class Place(NamedTuple):
    """A call that states a purpose, and the function around it."""

    call: ast.Call
    around: ast.FunctionDef | ast.AsyncFunctionDef


def test_every_purpose_that_is_recorded_has_its_words():
    """Each call that opens personal data, and each that has another function open them, names a purpose with both languages."""
    words = {key.partition(".")[2] for key in texts() if key.startswith("personal-reading.")}
    assert _recorded() == words


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("agency-events", ("ekspor peristiwa dari instansi", "an export of the agencies' events")),
        ("prove", ("bukti klaim untuk pihak luar", "the proof of a claim for outsiders")),
        (
            "controls paid-twice, no-such",
            (
                f"pengujian audit «{texts()['control.paid-twice.title'].id}», «no-such»",
                f"the audit test «{texts()['control.paid-twice.title'].en}», «no-such»",
            ),
        ),
    ],
)
def test_a_purpose_is_said_in_both_languages(what: str, said: tuple[str, str]):
    """Audit tests are named by their titles."""
    record = PersonalDataRead(what=what, subject="all", values=None)
    for language, told in zip(LANGUAGES, said, strict=True):
        assert read_for(what, LanguageTexts(language)) == told
        assert f": {told} " in what_was_done(record, LanguageTexts(language))


def test_the_language_of_an_answer_is_said_in_words():
    """Not by its code."""
    said = [parameter_value("language", code, LanguageTexts(in_)) for in_ in LANGUAGES for code in LANGUAGES]
    assert said == ["Indonesia", "Inggris", "Indonesian", "English"]


def _recorded() -> set[str]:
    """Return the first word of each purpose in the source, followed through functions that take it as a parameter."""
    sources = [ast.parse(file.read_text(encoding="utf-8")) for file in SERVICES.rglob("*.py")]
    places = [place for source in sources for place in _places(source)]
    openers: list[tuple[str, str, int | None]] = [(PersonalDataRead.__name__, "what", None)]
    found = set[str]()
    for name, parameter, index in openers:
        for call, around in places:
            if _name(call.func) != name:
                continue
            stated = _value(_argument(call, parameter, index), around)
            names = [one.arg for one in around.args.args]
            if isinstance(stated, ast.Name) and stated.id in names:
                openers.append((around.name, stated.id, names.index(stated.id)))
            else:
                found.add(_first_word(stated))
    return found


def _places(source: ast.AST) -> Iterator[Place]:
    for around in ast.walk(source):
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (Place(node, around) for node in ast.walk(around) if isinstance(node, ast.Call))


def _name(called: ast.expr) -> str:
    return (
        called.id
        if isinstance(called, ast.Name)
        else called.attr
        if isinstance(called, ast.Attribute)
        else ""
    )


def _argument(call: ast.Call, parameter: str, index: int | None) -> ast.expr:
    named = [one.value for one in call.keywords if one.arg == parameter]
    return named[0] if named else call.args[index or 0]


def _value(stated: ast.expr, around: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.expr:
    """Return what is stated: of the first word of a name, or of a name that the function gives a value, that."""
    if isinstance(stated, ast.Subscript | ast.Attribute | ast.Starred):
        return _value(stated.value, around)
    if isinstance(stated, ast.Call):
        return _value(stated.func, around)
    if isinstance(stated, ast.Name):
        for node in ast.walk(around):
            if isinstance(node, ast.Assign):
                for target, value in _pairs(node.targets[0], node.value):
                    if isinstance(target, ast.Name) and target.id == stated.id:
                        return value
    return stated


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _first_word(stated: ast.expr) -> str:
    if isinstance(stated, ast.Tuple):
        return _first_word(stated.elts[0])
    if isinstance(stated, ast.JoinedStr):
        return _first_word(stated.values[0])
    assert isinstance(stated, ast.Constant), f"no purpose can be read from {ast.dump(stated)}"
    return str(stated.value).partition(" ")[0]


@pytest.mark.parametrize(
    ("query", "parameters", "said"),
    [
        (
            "agency report",
            {"agency": "bank-sumsel"},
            ("rapor instansi: bank-sumsel", "agency report: bank-sumsel"),
        ),
        ("sample evaluate", {"sample": "S-1"}, ("penilaian sampel: S-1", "sample evaluate: S-1")),
        ("claim", {"claim": "A-1"}, ("klaim: A-1", "claim: A-1")),
        ("overview", {"agency": "rsud"}, ("ikhtisar instansi: rsud", "overview agency: rsud")),
        ("agencies", {}, ("instansi", "agencies")),
    ],
)
def test_what_was_asked_names_nothing_twice(query: str, parameters: dict[str, str], said: tuple[str, str]):
    """The command's own name says already what its first parameter is."""
    assert tuple(asked_for(query, parameters, LanguageTexts(language)) for language in LANGUAGES) == said
