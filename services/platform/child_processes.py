"""Child processes that end with their parent, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> Callable[[], None] | None:
    """Return what a child does first: ask to be stopped when its parent, or the thread that began it, ends.

    None where the system has no such thing; then a child outlives a parent that was killed.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def end_with_parent(parent: int) -> None:
    """Ask it in the child itself."""
    if ask := end_with(parent):
        ask()


def program_of(module: str, words: Sequence[str] = ()) -> list[str]:
    """Return the command line by which the ``main`` of a module of ours runs as a child of this process, and ends with it.

    The child asks for it: a process with several threads does nothing between fork and exec.
    """
    own = "services.platform.child_processes"
    begin = f"import sys; from {own} import end_with_parent; end_with_parent(int(sys.argv.pop(1)))"
    return [
        sys.executable,
        "-c",
        f"{begin}; from {module} import main; sys.exit(main())",
        str(os.getpid()),
        *words,
    ]
