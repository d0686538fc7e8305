"""How to use a page stands on every page that somebody works on."""

from __future__ import annotations

from pathlib import Path

from services.console.rendering import STATIC

TEMPLATES = Path(str(STATIC)).parent / "templates"
WITHOUT = {
    "at_work.html": "says what is waited for",
    "claim_unmasked.html": "is shown once, for what was asked on the page of the claim",
    "error.html": "says what to do",
    "export.html": "comes after an act, and says what to do",
    "layout.html": "is the frame of all",
    "mended.html": "comes back to the page of a refused document",
    "releases_outcome.html": "comes after an act, and says what is next",
    "sample_sheet.html": "is printed",
    "sign_in.html": "has two fields",
    "signed_in.html": "leads on",
    "sql_answer.html": "comes after a question",
    "work_confirm.html": "repeats what will be sent",
    "work_decided.html": "comes after an act, and says what is next",
    "work_moved.html": "says what came between",
    "work_objection.html": "is shown once",
}
"""Pages without one, and why; the playbook of all pages is one itself."""


def test_every_page_says_how_it_is_used():
    """Or stands above with the reason why it need not."""
    silent = {page.name for page in TEMPLATES.glob("*.html") if "playbook" not in page.read_text()}
    assert silent == WITHOUT.keys()
