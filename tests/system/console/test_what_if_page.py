"""What if the rule were another: asked on a page, worked out by the command, shown claim by claim."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.benefits.reading.folder import LAW
from tests.consoles import lives, running_console, settled
from tests.system.console.test_programme_pages import figures


def test_another_rulebook_is_held_against_the_book(tmp_path: Path):
    """A folder of the setting can be chosen; a million more for each funeral is a million more for the claim that has one."""
    folder = tmp_path / "rulebooks" / "pemakaman-naik"
    shutil.copytree(LAW, folder)
    law = folder / "pp-82-2019.toml"
    before = '[article.figures."jkm.funeral"]\nvalue = 10_000_000'
    assert before in law.read_text()
    law.write_text(law.read_text().replace(before, before.replace("10_000_000", "11_000_000")))
    with running_console(tmp_path / "data", *lives()[:1], rulebooks=folder.parent) as console:
        client = console.signed_in("auditor")
        assert "pemakaman-naik" in client.get("/what-if").text
        page = settled(client, "/what-if?rulebook=pemakaman-naik").text
        shown = figures(page)
        assert (shown["changed"], shown["gaining"], shown["losing"]) == (1, 1, 0)
        assert shown["difference"] == shown["changes.difference"] == 1_000_000
        assert 'href="/claims/A-1"' in page
        assert 'href="/rulebook/jkm.funeral"' in page
        assert f"kelambu whatif --rulebook {folder}" in page
        assert (
            figures(settled(client, "/what-if?rulebook=pemakaman-naik&since=01-01-2099").text)["changed"] == 0
        )
        assert client.get("/what-if?rulebook=lain").status_code == 400
        assert console.signed_in("officer").get("/what-if").status_code == 403
