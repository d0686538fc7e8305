"""``up``: every service, each as a process."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.cli.commands.run import settings_of
from services.cli.exit_codes import OK
from services.runtime import fork_server
from services.runtime.supervisor import up as supervised


def up(*, unsafe: bool = False, data: Path | None = None) -> int:
    """Run every service, and a server too unless REDIS_URL names one, until Ctrl-C or SIGTERM.

    The console is at http://127.0.0.1:8602 (KELAMBU_CONSOLE_PORT); agencies send to http://127.0.0.1:8601
    (KELAMBU_GATEWAY_PORT), health and metrics are at http://127.0.0.1:8600 (KELAMBU_HTTP_PORT); logs go to stderr.
    """
    settings = settings_of(data, unsafe=unsafe)
    forked = fork_server.fork()
    asyncio.run(supervised(settings, forked))
    return OK
