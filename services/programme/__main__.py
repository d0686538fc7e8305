"""``python -m services.programme``: write ``docs/programme-figures.md`` from the rulebook."""

from __future__ import annotations

from pathlib import Path

from services.benefits.rulebook import load
from services.programme.page import write

PAGE = Path("docs/programme-figures.md")

if __name__ == "__main__":
    PAGE.write_text(write(load()), encoding="utf-8")
