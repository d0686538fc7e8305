"""`agency add --account` is held to the form of the accounts that agencies state."""

from __future__ import annotations

import pytest

from services.cli import main


@pytest.mark.parametrize(
    ("account", "part"),
    [
        ("BRI/=1+1/RSUD", "NUMBER"),
        ("BRI/0123456789\r\nx,Maling/RSUD", "NUMBER"),
        ("BRI/0123456789/\u202eitiS", "HOLDER"),
        ("./0123456789/RSUD", "BANK"),
        ("BRI/0123456789/" + "a" * 201, "account.holder"),
    ],
)
def test_an_account_of_another_form_is_refused(
    account: str, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The part that is wrong is named, with what to write; no server is needed to see it."""
    asked = ["agency", "add", "rsud", "--types", "claim.filed", "--account", account, "--lang", "en"]
    assert main(asked) == 2
    assert f"{part} of --account cannot be" in capsys.readouterr().err
