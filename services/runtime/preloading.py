"""What services need when they begin, loaded before they are forked, so that they share its memory."""

from __future__ import annotations

import gc
import importlib

from litestar import Litestar

from services.benefits.reading.folder import load
from services.runtime.run import SERVICES


def preload() -> None:
    """Load every service, the rulebook that ships, and what an HTTP application loads when it is made.

    All of it is left out of every later search for circles, which would write to it.
    """
    for module in SERVICES.values():
        importlib.import_module(module)
    load()
    Litestar(openapi_config=None, logging_config=None)
    gc.collect()
    gc.freeze()
