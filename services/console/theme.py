"""The look of a site: one colour and one logo, by setting."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from events.message import message
from services.platform.settings import Settings, SettingsError

COLOUR = "#1d5c63"
LARGEST = 256 * 1024
"""Bytes that a logo may have."""
_CONTRAST = 4.5
"""Of text of the colour on white, as WCAG 2.2 asks (1.4.3)."""
_MEDIA = {".svg": "image/svg+xml", ".png": "image/png"}
_OWN_LOGO = Path(__file__).parent / "static" / "logo.svg"


class Theme(Struct, frozen=True):
    """The style that sets the colour, and the logo with its media type."""

    style: bytes
    logo: bytes
    media: str

    @property
    def version(self) -> str:
        """Stands in the addresses of both, so that browsers may keep them."""
        return hashlib.sha256(self.style + self.logo).hexdigest()[:12]


def theme_of(settings: Settings) -> Theme:
    """Return the look that the settings name.

    Raises:
        SettingsError: the colour cannot be read on white, or the logo is none that browsers show.
    """
    colour = settings.console_colour or COLOUR
    if contrast_with_white(colour) < _CONTRAST:
        raise SettingsError(message("setting.pale-colour", name="KELAMBU_CONSOLE_COLOUR", colour=colour))
    logo = settings.console_logo or _OWN_LOGO
    media = _MEDIA.get(logo.suffix.lower())
    if media is None or not logo.is_file() or logo.stat().st_size > LARGEST:
        raise SettingsError(
            message("setting.logo", name="KELAMBU_CONSOLE_LOGO", file=logo, kilobytes=LARGEST // 1024)
        )
    return Theme(f":root {{ --accent: {colour}; }}\n".encode(), logo.read_bytes(), media)


def contrast_with_white(colour: str) -> float:
    """Return the contrast of a colour, ``#rrggbb``, with white, from 1 to 21."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
