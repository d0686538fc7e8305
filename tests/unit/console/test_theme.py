"""The look of a site is its own, and can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from services.console.theme import COLOUR, LARGEST, contrast_with_white, theme_of
from services.platform.settings import Settings, SettingsError

SETTINGS = Settings.read({})


def test_contrast_is_that_of_the_guideline():
    """Black on white has 21, white on white 1, and the grey #767676 is the palest that may be text."""
    assert round(contrast_with_white("#000000"), 2) == 21
    assert contrast_with_white("#ffffff") == 1
    assert contrast_with_white("#767676") >= 4.5 > contrast_with_white("#777777")
    assert contrast_with_white(COLOUR) >= 4.5


def test_a_site_has_its_colour_and_its_logo(tmp_path: Path):
    """And other addresses for them than another look."""
    logo = tmp_path / "logo.PNG"
    logo.write_bytes(b"png")
    theme = theme_of(replace(SETTINGS, console_colour="#8a1c1c", console_logo=logo))
    assert b"#8a1c1c" in theme.style
    assert (theme.logo, theme.media) == (b"png", "image/png")
    assert theme.version != theme_of(SETTINGS).version


def test_what_cannot_be_shown_is_refused_by_its_setting(tmp_path: Path):
    """A colour that is too pale, a file that is none, another kind, too large."""
    (tmp_path / "logo.txt").write_text("logo")
    (tmp_path / "large.svg").write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(SettingsError, match="KELAMBU_CONSOLE_COLOUR"):
        theme_of(replace(SETTINGS, console_colour="#ffd700"))
    for name in ("logo.txt", "large.svg", "none.svg"):
        with pytest.raises(SettingsError, match="KELAMBU_CONSOLE_LOGO"):
            theme_of(replace(SETTINGS, console_logo=tmp_path / name))
