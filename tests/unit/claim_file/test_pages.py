"""Pages and PDFs of claims: the same bytes each time, in both languages, and harmless whatever an agency wrote."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser

from msgspec.structs import replace

from services.claim_file.contents import OpenedValues
from services.claim_file.document import (
    Bullets,
    DocumentPart,
    DocumentTable,
    Heading,
    Pairs,
    Paragraph,
    PrintedDocument,
    Quote,
    SignatureBlock,
)
from services.claim_file.pages import page
from services.claim_file.pdf import pdf
from services.claim_file.recheck import recheck
from services.wording.claim_file import claim_pages
from tests.claim_files import claim_file_of, written
from tests.lives import jkm_death

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>*{display:none}",
    "{{ 7 * 7 }}{% for x in y %}",
    '#import "@preview/evil:1.0.0": * #panic("typst") #read("/etc/passwd")',
    "$ x^2 $ *bold* _it_ `raw` <label> @ref \\ // /* = head",
    "\u202egnirts \u2066desrever\u2069\u200b\x1b[31m\x00",
)


class Tags(HTMLParser):
    """Collects the tags of a page with the names of their attributes."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.found: set[tuple[str, tuple[str, ...]]] = set()
        self.text = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_same_events_give_the_same_bytes():
    """Page, PDF, result and manifest: no clock, no order of a set, no random name is in them."""
    file = claim_file_of(jkm_death(), "A-1")
    assert written(file, pages=True) == written(claim_file_of(jkm_death(), "A-1"), pages=True)


def test_a_page_stands_alone():
    """It asks for nothing from elsewhere, and each language leads to the other."""
    pages = written(claim_file_of(jkm_death(), "A-1"), pages=True)
    for name, other, language in (
        ("index.html", "index.en.html", "id"),
        ("index.en.html", "index.html", "en"),
    ):
        told = pages[name].decode()
        assert f'<html lang="{language}">' in told
        assert f'href="{other}"' in told
        assert not {"<script", "http:", "https:", "@import", "url("} & {
            part for part in ("<script", "http:", "https:", "@import", "url(") if part in told
        }


def test_hostile_text_is_shown_and_does_nothing():
    """No tag, no attribute and no command comes of it; what cannot be seen is replaced."""
    file = claim_file_of(jkm_death(), "A-1")
    harmless = replace(file, opened=(OpenedValues("dinsos:x", 3, {f"part[{n}]": "Siti" for n in range(7)}),))
    values = {f"part[{n}]": text for n, text in enumerate(HOSTILE)}
    hostile = replace(file, opened=(OpenedValues("dinsos:x", 3, values),))
    made = written(hostile, pages=True)
    assert Tags(made["index.html"]).found == Tags(written(harmless, pages=True)["index.html"]).found
    shown = Tags(made["index.html"]).text
    assert all(text in shown for text in HOSTILE[:6])
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert made["index.pdf"].startswith(b"%PDF-")
    assert recheck(made, claim_pages).findings == []


def test_nothing_in_a_document_is_typeset_as_markup():
    """The same words in a title, a table, a quotation: what Typst would refuse as code is text to it."""
    document = _everywhere(HOSTILE[4])
    assert pdf(document).startswith(b"%PDF-")
    assert b"#panic" in page(document)


def _everywhere(text: str) -> PrintedDocument:
    blocks = (
        Paragraph(text),
        Paragraph(text, "strong"),
        Paragraph(text, "note"),
        Paragraph(text, "amiss"),
        Pairs(((text, text), (text, ""))),
        DocumentTable(
            (Heading(text, "prose"), Heading(text, "code"), Heading(text, "right")),
            ((text, text, text),),
            (text,) * 3,
        ),
        Bullets(((0, text), (1, text))),
        Quote(text, text, (text,)),
        SignatureBlock(text, text),
    )
    return PrintedDocument("id", text, dt.date(2026, 6, 11), text, (DocumentPart(text, blocks),), text)
