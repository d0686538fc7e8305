"""What is loaded before services are forked."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

LOADED_AFTERWARDS = dedent("""
    import sys
    from services.runtime.preloading import preload
    preload()
    before = set(sys.modules)
    from litestar import Litestar, get
    @get("/")
    async def nothing() -> None: ...
    Litestar([nothing], openapi_config=None, logging_config=None)
    from services.console.application import pages
    from importlib import import_module
    from pkgutil import iter_modules
    for page in iter_modules(pages.__path__, pages.__name__ + "."):
        import_module(page.name)
    print(*sorted(set(sys.modules) - before))
""")


def test_applications_load_nothing_more_when_they_are_made():
    """Neither the console's pages nor what Litestar loads with its first route: each process would have it for itself."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED_AFTERWARDS], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
