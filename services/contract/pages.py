"""The catalogue: a page for each event in each language, and an index. Plain HTML that works without a network.

A page in Indonesian is ``claim.filed.html``, in English ``claim.filed.en.html``; each links to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from events.catalogue import short_name
from events.codes import Codes
from events.message import LANGUAGES, Language, Text
from services.contract.examples import STORY
from services.contract.fields import attributes, fields, rules
from services.contract.ways import ways
from services.contract.words import WORDS

_ENVIRONMENT = Environment(
    loader=PackageLoader("services.contract"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


class Link(NamedTuple):
    """An event as an index or a neighbouring page names it."""

    name: str
    short: str
    page: str
    title: str
    says: str


def pages(codes: Codes) -> Iterator[tuple[str, str]]:
    """Yield every page: its file name and its text. ``codes`` are the programmes and causes of the installation."""
    for language in LANGUAGES:
        links = [_link(name, language) for name in STORY]
        yield page_name("index", language), _index(links, language)
        for n, link in enumerate(links):
            around = {
                "before": links[n - 1] if n else None,
                "after": links[n + 1] if n + 1 < len(links) else None,
            }
            text = _render(
                "event.html",
                language,
                link.short,
                name=link.name,
                words=WORDS.events[link.short],
                attributes=attributes(link.name),
                fields=fields(link.name, codes),
                rules=rules(link.name, codes),
                ways=ways(STORY[link.name]),
                faults=_faults(link.name),
                step=n + 1,
                steps=len(links),
                **around,
            )
            yield link.page, text


def page_name(short: str, language: Language) -> str:
    """Return the file name of a page."""
    return f"{short}.html" if language == "id" else f"{short}.{language}.html"


def _index(links: list[Link], language: Language) -> str:
    nouns = ("participant", "event", "claim")
    in_order = sorted(links, key=lambda link: nouns.index(link.short.partition(".")[0]))
    groups = [
        (noun, list(group)) for noun, group in groupby(in_order, lambda link: link.short.partition(".")[0])
    ]
    shown = [
        field._replace(type=WORDS.page["some-type"]) if field.path == "type" else field
        for field in attributes("kelambu.claim.filed.v1")
    ]
    return _render("index.html", language, "index", groups=groups, attributes=shown)


def _render(template: str, language: Language, short: str, **context: object) -> str:
    def say(key: str) -> str:
        return WORDS.page[key].in_language(language)

    other: Language = "en" if language == "id" else "id"
    frame = {
        "language": language,
        "say": say,
        "index": page_name("index", language),
        "other": page_name(short, other),
        "other_language": other,
    }
    return _ENVIRONMENT.get_template(template).render(frame | context)


def _link(name: str, language: Language) -> Link:
    short = short_name(name)
    words = WORDS.events[short]
    return Link(
        name,
        short,
        page_name(short, language),
        words.title.in_language(language),
        words.says.in_language(language),
    )


def _faults(name: str) -> list[tuple[str, Text]]:
    """Return the codes with which a document of a type may be refused."""
    never = set() if name == "kelambu.claim.filed.v1" else {"claim-exists"}
    return [(code, words) for code, words in WORDS.faults.items() if code not in never]
