"""Files in which processes that are asked for metrics through one endpoint keep their counts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable: directory of these files."""


@contextmanager
def counting_in_files() -> Iterator[None]:
    """Let the counters that are loaded in this block count in files, for processes that are forked later.

    Each of them counts in the directory that its environment then names. This process counts nothing: its own files
    are gone with the block.
    """
    before = os.environ.get(MULTIPROCESS)
    with tempfile.TemporaryDirectory(prefix="kelambu-counts-") as folder:
        os.environ[MULTIPROCESS] = folder
        try:
            yield
        finally:
            del os.environ[MULTIPROCESS]
            if before is not None:
                os.environ[MULTIPROCESS] = before
