"""What the bare server takes: ``redis-benchmark`` appends 500 bytes, pipeline 64, on the embedded server's settings."""

from __future__ import annotations

import csv
import shutil
import subprocess

from benchmarks.report import Figure
from services.runtime.embedded_server import EmbeddedServer

PROGRAMS = ("valkey-benchmark", "redis-benchmark")
APPENDS = 400_000


def measure(server: EmbeddedServer) -> Figure | None:
    """Append with the server's own benchmark program; None where it is not installed or does not work."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        return None
    how = ("-s", str(server.socket), "-n", str(APPENDS), "-c", "50", "-P", "64", "--csv")
    try:
        said = subprocess.run(
            [program, *how, "XADD", "bench", "*", "e", "x" * 500], check=True, capture_output=True, text=True
        ).stdout
        rate = float(list(csv.reader(said.splitlines()))[-1][1])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return None
    return Figure("bare server, XADD", rate, "entries/s", note="redis-benchmark, 500 bytes, pipeline 64")
