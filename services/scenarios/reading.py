"""Reading a scenario file: headings, articles, sentences and tables of examples.

``## Title`` opens a scenario, ``Pasal: …`` names its article, list items that begin with *Diketahui*, *Ketika*, *Maka*
or *dan* are its sentences; a Markdown table below them repeats the scenario for each row, ``«column»`` in a sentence
standing for the row's value. All other text is for the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from events.message import Message, message
from services.scenarios import care, claims, expectations, membership  # noqa: F401  (they fill the table)
from services.scenarios.sentences import Section, Sentence, find, nearest
from services.scenarios.story import SentenceOptions
from services.scenarios.values import DATE, read_date
from services.scenarios.wording import UnknownWordError
from services.texts.catalogue import render

_STEP = re.compile(
    r"(?:[-*]\s+)?(diketahui|given|ketika|when|maka|then|dan|and|tetapi|but)\s+(.+)", re.IGNORECASE
)
_ITEM = re.compile(r"[-*]\s+")
_ARTICLE = re.compile(r"(?:pasal|article)s?:\s*(.+)", re.IGNORECASE)
_ABOUT = re.compile(r"(?:pada )?(?:klaim|claim) ([A-Z0-9-]+):\s+(.+)")
_WITH_OPTIONS = re.compile(r"(.+?)\s+\(([^()]*)\)$")
_OPTION = re.compile(
    rf"(?:oleh|by) (?P<agency>[a-z0-9-]+)|(?:pada|on) (?P<day>{DATE})"
    r"|(?:peristiwa|event) (?P<label>[\w-]+)|(?:butir|item) (?P<item>[\w-]+)",
    re.IGNORECASE,
)
_SECTIONS: dict[str, Section] = {
    "diketahui": "fact",
    "given": "fact",
    "ketika": "fact",
    "when": "fact",
    "maka": "expectation",
    "then": "expectation",
}


class ScenarioFault(Struct, frozen=True):
    """What cannot be read: file, line (from 1), and why."""

    file: str
    line: int
    message: Message


class ScenarioUnreadableError(Exception):
    """A file with faults, all of them."""

    def __init__(self, faults: Sequence[ScenarioFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{one.file}:{one.line}: {render(one.message, 'en')}" for one in faults))


class ScenarioStep(Struct, frozen=True):
    """A sentence with its line, its meaning, its values and its options."""

    line: int
    text: str
    sentence: Sentence
    values: dict[str, object]
    options: SentenceOptions


class Scenario(Struct, frozen=True):
    """A life, what happens in it, and what must come of it; ``name`` is unique in its file."""

    file: str
    line: int
    name: str
    article: str
    steps: tuple[ScenarioStep, ...]


class _Draft:
    """A scenario while it is read."""

    def __init__(self, line: int, title: str) -> None:
        self.line, self.title = line, title
        self.article = ""
        self.steps: list[tuple[int, Section, str]] = []
        self.rows: list[tuple[int, list[str]]] = []


def read_all(paths: Iterable[Path]) -> list[Scenario]:
    """Read files, and every ``.md`` file below folders but ``README.md``.

    Raises ``ScenarioUnreadableError`` with all faults.
    """
    scenarios: list[Scenario] = []
    faults: list[ScenarioFault] = []
    for path in paths:
        files = sorted(p for p in path.rglob("*.md") if p.name != "README.md") if path.is_dir() else [path]
        for file in files:
            try:
                scenarios += read(file.read_text(encoding="utf-8"), str(file))
            except ScenarioUnreadableError as unreadable:
                faults += unreadable.faults
    if faults:
        raise ScenarioUnreadableError(faults)
    return scenarios


def read(text: str, file: str) -> list[Scenario]:
    """Read the scenarios of one file's text; raises ``ScenarioUnreadableError`` with all its faults."""
    reader = _Reader(file)
    scenarios = [scenario for draft in reader.drafts(text) for scenario in reader.scenarios(draft)]
    seen: set[str] = set()
    for scenario in scenarios:
        if scenario.name in seen:
            reader.fault(scenario.line, message("scenario.same-name"))
        seen.add(scenario.name)
    if not scenarios and not reader.faults:
        reader.fault(1, message("scenario.none"))
    if reader.faults:
        raise ScenarioUnreadableError(reader.faults)
    return scenarios


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[ScenarioFault] = []

    def fault(self, line: int, why: Message) -> None:
        fault = ScenarioFault(self.file, line, why)
        if fault not in self.faults:
            self.faults.append(fault)

    def drafts(self, text: str) -> list[_Draft]:
        """Part the file at its headings, and sort each scenario's lines into article, sentences and rows."""
        drafts: list[_Draft] = []
        section: Section | None = None
        for number, line in _joined(text):
            if line.startswith("## "):
                drafts.append(_Draft(number, line[3:].strip()))
                section = None
            elif drafts and (article := _ARTICLE.fullmatch(line)):
                drafts[-1].article = article.group(1).strip()
            elif line.startswith("|") and drafts:
                drafts[-1].rows.append((number, [cell.strip() for cell in line.strip("|").split("|")]))
            elif drafts and (step := _STEP.fullmatch(line)):
                section = _SECTIONS.get(step.group(1).casefold(), section)
                if section is None:
                    self.fault(number, message("scenario.begin"))
                else:
                    drafts[-1].steps.append((number, section, step.group(2).strip().rstrip(".")))
            elif drafts and _ITEM.match(line):
                self.fault(number, message("scenario.no-word"))
        return drafts

    def scenarios(self, draft: _Draft) -> Iterator[Scenario]:
        """Make the scenario, or one for each row of its table."""
        if not draft.article:
            self.fault(draft.line, message("scenario.no-article"))
        if not any(section == "expectation" for _, section, _ in draft.steps):
            self.fault(draft.line, message("scenario.no-then"))
        if len(draft.rows) < 3:
            yield self._scenario(draft, draft.line, draft.title, {})
            return
        (_, columns), _, *rows = draft.rows
        for line, cells in rows:
            row = dict(zip(columns, cells, strict=False))
            for column in (
                set(re.findall("«([^»]+)»", " ".join(text for _, _, text in draft.steps))) - row.keys()
            ):
                self.fault(line, message("scenario.no-column", column=column))
            yield self._scenario(draft, line, f"{draft.title} – {', '.join(cells)}", row)

    def _scenario(self, draft: _Draft, line: int, name: str, row: dict[str, str]) -> Scenario:
        def fill(text: str) -> str:
            return re.sub("«([^»]+)»", lambda hole: row.get(hole.group(1), hole.group()), text)

        read_steps = (self._step(number, section, fill(text)) for number, section, text in draft.steps)
        steps = tuple(step for step in read_steps if step)
        return Scenario(self.file, line, name, fill(draft.article), steps)

    def _step(self, line: int, section: Section, text: str) -> ScenarioStep | None:
        claim, sentence = "", text
        if about := _ABOUT.fullmatch(sentence):
            claim, sentence = about.groups()
        agency, day, label, item = "", None, "", ""
        if section == "fact" and (match := _WITH_OPTIONS.fullmatch(sentence)):
            sentence, options = match.groups()
            for option in options.split(","):
                option_match = _OPTION.fullmatch(option.strip())
                if option_match is None:
                    self.fault(line, message("scenario.bad-option", option=option.strip()))
                    return None
                agency, label = option_match["agency"] or agency, option_match["label"] or label
                item, day = (
                    option_match["item"] or item,
                    read_date(option_match["day"]) if option_match["day"] else day,
                )
        try:
            matched = find(section, sentence)
        except UnknownWordError as unknown:
            self.fault(line, _unknown(unknown))
            return None
        if matched is None:
            near = "".join(f"\n    {shown}" for shown in nearest(section, sentence))
            self.fault(line, message("scenario.unknown-sentence", said=sentence, near=near))
            return None
        return ScenarioStep(line, text, *matched, SentenceOptions(agency, day, label, item, claim))


def _unknown(word: UnknownWordError) -> Message:
    if not word.nearest:
        return message("scenario.unknown-word", word=word.word)
    return message("scenario.similar-words", word=word.word, near="; ".join(word.nearest))


def _joined(text: str) -> list[tuple[int, str]]:
    """Return the lines with their numbers, indented continuation lines joined to the line they continue."""
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if raw[:1] == " " and line and lines and lines[-1][1] and not _STEP.fullmatch(line):
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line}")
        else:
            lines.append((number, line))
    return lines
