"""A document as an HTML page that needs nothing else: no network, no script, no font.

Reads on paper and on a telephone.
"""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from events.message import LANGUAGES, Language
from services.claim_file.document import Block, PrintedDocument, plain
from services.letters.qr import svg

_ENVIRONMENT = Environment(
    loader=PackageLoader("services.claim_file"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


def kind(block: Block) -> str:
    """Return the name of the macro that shows a block."""
    return str(block.__struct_config__.tag)


_ENVIRONMENT.globals["kind"] = kind
_ENVIRONMENT.filters["qr"] = svg


def page(document: PrintedDocument) -> bytes:
    """Return the page of a document; the same document gives the same bytes."""
    other: Language = next(language for language in LANGUAGES if language != document.language)
    text = _ENVIRONMENT.get_template("document.html").render(document=plain(document), other_language=other)
    return text.encode()
