"""A line of text as a QR code: an SVG that is in a page or a PDF and names no other host."""

from __future__ import annotations

import io

import segno


def svg(text: str) -> str:
    """Return the QR code of a text as an SVG without size, with the quiet edge that readers need; always the same."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn,
        kind="svg",
        border=4,
        xmldecl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
        light="#fff",
        nl=False,
    )
    return drawn.getvalue().decode()
