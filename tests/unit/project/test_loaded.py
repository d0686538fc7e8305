"""What the process of a service loads: an idle installation has eight of them, and each pays for its libraries."""

from __future__ import annotations

import subprocess
import sys

from services.runtime.run import SERVICES

FOLLOWERS = ("adjudication", "disbursement", "outcomes", "projector", "notary")
NOT_THEIRS = ("cyclopts", "faststream", "fastapi", "litestar", "pydantic", "uvicorn", "openpyxl")
"""Libraries of the command line, of intake and of those who answer over HTTP."""


def test_those_who_follow_the_ledger_load_no_library_of_the_edge() -> None:
    """Nothing that answers requests, reads spreadsheets or takes commands; that is 10 to 25 MB a process."""
    code = "\n".join(
        (
            "import sys, services.runtime.run",
            *(f"import {SERVICES[name]}" for name in FOLLOWERS),
            "print(*(name for name in sys.modules if '.' not in name))",
        )
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "redis" in loaded.split()
    assert not set(NOT_THEIRS) & set(loaded.split())
