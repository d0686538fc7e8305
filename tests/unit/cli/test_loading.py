"""A command loads what it works with and no more."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("faststream", "litestar", "openpyxl", "redis", "sqlalchemy", "structlog")
LOADED = "import sys; from services.cli import main; code = main(sys.argv[1:]); print(*sys.modules); sys.exit(code)"


@pytest.mark.parametrize("command", [("--help",), ("replay", "/dev/null")])
def test_a_command_that_asks_no_server_loads_no_library_for_servers_databases_or_spreadsheets(command):
    """Help, and a replay of an empty file, in a process of their own."""
    ran = subprocess.run([sys.executable, "-c", LOADED, *command], capture_output=True, text=True, check=True)
    loaded = ran.stdout.splitlines()[-1].split()
    assert "services.cli.app" in loaded
    assert [name for name in HEAVY if name in loaded] == []
