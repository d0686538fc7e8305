"""What is loaded before services are forked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
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

COUNTED_BY_FORKS = dedent("""
    import os, sys
    from services.platform.count_files import MULTIPROCESS
    from services.runtime.preloading import preload
    os.environ.pop(MULTIPROCESS, None)
    preload()
    assert MULTIPROCESS not in os.environ
    from services.runtime import metrics
    if not (pid := os.fork()):
        os.environ[MULTIPROCESS] = sys.argv[1]
        metrics.CONFLICTS.inc()
        os._exit(0)
    os.waitpid(pid, 0)
    print(f"counter_{pid}.db" in os.listdir(sys.argv[1]))
""")


def test_applications_load_nothing_more_when_they_are_made():
    """Neither the console's pages nor what Litestar loads with its first route: each process would have it for itself."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED_AFTERWARDS], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_a_service_counts_in_the_folder_that_its_environment_names(tmp_path: Path):
    """Also where the process from which it is forked had loaded everything without one."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTED_BY_FORKS, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True"]
