"""A document on a terminal."""

from __future__ import annotations

from services.claim_file.document import (
    Block,
    Bullets,
    DocumentTable,
    Pairs,
    Paragraph,
    PrintedDocument,
    Quote,
    ScannedText,
    SignatureBlock,
)
from services.cli.output import console, table, tell

_PIECE = 72


def show_document(document: PrintedDocument) -> None:
    """Print a document: its title, its parts, what is at its end."""
    out = console()
    tell(out, document.title, style="bold")
    if document.lead:
        tell(out, document.lead)
    for part in document.parts:
        out.print()
        if part.title:
            tell(out, part.title, style="bold")
        for block in part.blocks:
            _show(block)
    out.print()
    tell(out, document.foot, style="dim")


def _show(block: Block) -> None:
    out = console()
    match block:
        case Paragraph(text):
            tell(out, text, indent=2)
        case Pairs(rows):
            out.print(table("", ("", ""), [(name, value or "…………") for name, value in rows], prose=(1,)))
        case DocumentTable(columns, rows, last):
            aligned = [column.align for column in columns]
            out.print(
                table(
                    "",
                    [column.text for column in columns],
                    [*rows, *([last] if last else [])],
                    right=[n for n, align in enumerate(aligned) if align == "right"],
                    prose=[n for n, align in enumerate(aligned) if align == "prose"],
                )
            )
        case Bullets(rows):
            for depth, text in rows:
                tell(out, text, indent=2 * depth + 2, hang=2)
        case Quote(source, text, notes):
            tell(out, source, indent=2, hang=2)
            for line in (text, *notes) if text else notes:
                tell(out, line, indent=4, hang=2)
        case ScannedText(text, name, note):
            tell(out, name, indent=2, hang=2, style="bold")
            tell(out, note, indent=2)
            for line in _pieces(text):
                tell(out, line, indent=2)
        case SignatureBlock(place, who, beside):
            if beside:
                out.print()
                _show(beside)
            out.print()
            tell(out, place, indent=2)
            tell(out, who, indent=2)


def _pieces(text: str) -> list[str]:
    """Cut a line that has no blanks so that it fits; whoever reads it again puts it together."""
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
