"""A document as a PDF for paper and archives. The text is handed to Typst as data, never as something to be typeset.

Only the fonts that come with Typst are used and no clock is read: the same document gives the same bytes with the same
version of Typst.
"""

from __future__ import annotations

from importlib.resources import files

import msgspec

from services.claim_file.document import PrintedDocument, ScannedText, SignatureBlock, plain
from services.letters.qr import svg

_TEMPLATE = files(__package__).joinpath("templates", "document.typ")


def pdf(document: PrintedDocument) -> bytes:
    """Return the PDF of a document, A4, tagged for who reads it by ear, made to be kept (PDF/A-2a)."""
    import typst  # noqa: PLC0415 -- 80 MB of a typesetter that no other command needs

    blocks = [block for part in document.parts for block in part.blocks]
    beside = [block.beside for block in blocks if isinstance(block, SignatureBlock)]
    codes = {code.text: svg(code.text) for code in (*blocks, *beside) if isinstance(code, ScannedText)}
    inputs = {"document": plain(document), "codes": codes}
    compiled = typst.compile(
        _TEMPLATE.read_bytes(),
        sys_inputs={name: msgspec.json.encode(value).decode() for name, value in inputs.items()},
        ignore_system_fonts=True,
        pdf_standards="a-2a",
        timestamp=0,
    )
    if not isinstance(compiled, bytes):
        raise TypeError("a document is one PDF")
    return compiled
