"""What services need when they begin, loaded before they are forked, so that they share its memory."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import importlib
import sys
import tempfile
from pathlib import Path
from pkgutil import iter_modules

import uvicorn
from litestar import Litestar, get
from sqlalchemy.exc import SQLAlchemyError

from services.benefits.reading.folder import load
from services.ledger.function_library import library
from services.notary.key_files import SigningKeysError
from services.notary.signing_keys import draft_keys, read_keys, take_up
from services.platform.count_files import counting_in_files
from services.platform.freed_memory import give_back, use_one_arena
from services.runtime.run import SERVICES
from services.sealing.key_mark import look_at
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens

_OF_A_FULL_DISK = (OSError, SQLAlchemyError, SigningKeysError)
"""For the services to say: they need more of it."""
_PAGES = "services.console.pages"
"""The package whose modules the console loads when it is made."""


def preload() -> None:
    """Load every service, the rulebook and the server-side functions that ship, and what HTTP and keys load at first.

    All of it is left out of every later search for circles, which would write to it. Call it before counters are
    loaded: each service then counts in the directory that its environment names.
    """
    use_one_arena()
    with counting_in_files():
        for module in SERVICES.values():
            importlib.import_module(module)
    for page in iter_modules(importlib.import_module(_PAGES).__path__, f"{_PAGES}."):
        importlib.import_module(page.name)
    load()
    library()
    _make_application()
    with contextlib.suppress(*_OF_A_FULL_DISK):
        _open_key_store()
        _read_signing_keys()
    gc.collect()
    give_back()
    gc.freeze()
    clear = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache  # noqa: SLF001 -- 3.13 has the former
    clear()  # a name that leaves a cache is written to, in each process for itself


def _make_application() -> None:
    @get("/")
    async def nothing() -> None: ...

    app = Litestar([nothing], openapi_config=None, logging_config=None)
    uvicorn.Config(app, log_config=None, lifespan="off").load()


def _open_key_store() -> None:
    with tempfile.TemporaryDirectory(prefix="kelambu-keys-") as folder:
        url = f"sqlite:///{folder}/keys.db"
        store = KeyStore(url)
        Tokens.opened(store)
        store.close()
        look_at(url)


def _read_signing_keys() -> None:
    now = dt.datetime.now(dt.UTC)
    with tempfile.TemporaryDirectory(prefix="kelambu-keys-") as folder:
        draft_keys(Path(folder), now)
        take_up(Path(folder), now)
        read_keys(Path(folder))
