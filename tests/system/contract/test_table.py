"""A spreadsheet with faults: told by row and column, and nothing of it is sent."""

from __future__ import annotations

from services.contract.examples import STORY
from services.contract.ways import row
from services.ledger.registry import Agency
from tests.system.running import running_installation

PAID = STORY["kelambu.participant.contributions-paid.v1"]


async def test_of_a_table_with_a_fault_anywhere_nothing_is_sent(tmp_path):
    """A NIK that the spreadsheet has shortened: the clerk reads which cell, and no number in it."""
    head, good = row(PAID).splitlines()
    bad = good.replace("contributions-0001", "contributions-0002").replace("9901011203850001", "9,90101E+15")
    table = tmp_path / "iuran.csv"
    table.write_text(f"{head}\r\n{good}\r\n{bad}", encoding="utf-8-sig")
    async with running_installation(tmp_path / "installation") as installation:
        await installation.installation.registry.add(
            Agency(name="dinsos-contoh", types=("participant.contributions-paid",))
        )
        kind = "participant.contributions-paid"
        sent = ("publish", str(table), "--type", kind, "--as", "dinsos-contoh", "--lang", "en")
        said = installation.command(*sent, code=1).decode()
        assert "row 3 C, nik: The spreadsheet has shortened this number" in said
        assert "nothing published" in said
        assert "9,9" not in said
        assert "contributions" not in said
        assert await installation.edge.outbox("dinsos-contoh") == []
        again = [str(table), "--type", "participant.paid", "--as", "dinsos-contoh"]
        installation.command("publish", *again, code=2)
