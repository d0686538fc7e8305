"""``doctor``: can Kelambu run here, and what is to be mended?"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from events.message import Message, message
from projections.store import Store
from services.benefits.reading.folder import named
from services.cli.error_messages import explain
from services.cli.exit_codes import FINDING, OK, CommandError
from services.cli.log_checks import Check, look_at_log, look_at_signing_keys, look_at_witnesses
from services.cli.output import show_json, show_table
from services.cli.read_models import has_read_models
from services.ledger.connection import check_durability, connect, server_version
from services.platform import ports
from services.platform.permissions import open_to_others
from services.platform.settings import Settings
from services.runtime.embedded_server import ServerError, allocator_of, find_server, running
from services.sealing.key_mark import look_at
from services.texts.catalogue import render
from services.texts.language import said
from services.wording.terms import LanguageTexts

_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 1_000_000_000


def doctor(*, json: bool = False, data: Path | None = None) -> int:
    """Check that Kelambu can run here, and say what to mend. Changes nothing.

    Exit code 1 if something is to be mended.
    """
    checks = list(examine(Settings.read(data=data)))
    if json:
        show_json([plain(check) for check in checks])
    else:
        words = LanguageTexts()
        show_table(
            checks,
            (
                "column.check",
                lambda one: f"{'✓' if one.ok else '✗'} {words.name('doctor.check', one.name)}",
                "left",
            ),
            ("column.found", lambda one: said(one.observed), "prose"),
            ("column.cure", lambda one: "; ".join(said(part) for part in one.cure), "prose"),
        )
    return OK if all(check.ok for check in checks) else FINDING


def plain(check: Check) -> dict[str, object]:
    """Return a check as programs read it, in English."""
    return {
        "name": render(message(f"doctor.check.{check.name}"), "en"),
        "ok": check.ok,
        "found": _english(check.observed),
        "cure": "; ".join(_english(part) for part in check.cure),
    }


def _english(text: Message | str) -> str:
    return text if isinstance(text, str) else render(text, "en")


def examine(settings: Settings) -> Iterator[Check]:
    """Look at everything, each thing even when an earlier one is amiss."""
    yield _python()
    for name, look in (
        ("server", lambda: _server(settings)),
        ("data-directory", lambda: _directory(settings.data)),
        ("permissions", lambda: _permissions(settings)),
        ("ports", lambda: _ports(settings)),
        ("disk", lambda: _disk(settings.data)),
        ("keys", lambda: _keys(settings.keys_url)),
        ("read-models", lambda: _read_models(settings)),
        ("log", lambda: look_at_log(settings)),
        ("signing-keys", lambda: look_at_signing_keys(settings)),
        ("witnesses", lambda: look_at_witnesses(settings)),
        ("rulebook", lambda: _rulebook(settings.rulebook)),
    ):
        yield _check_of(name, look)


def _check_of(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 -- a check that fails is a finding, whatever it was
        trouble = explain(error)
        return Check(name, ok=False, observed=trouble.what, cure=(trouble.cure,))


def _python() -> Check:
    version = platform.python_version()
    ok = sys.version_info >= _OLDEST_PYTHON
    return Check("python", ok, version, () if ok else (message("doctor.cure.python"),))


def _server(settings: Settings) -> Check:
    url = settings.redis_url or running(settings.data)
    if url is None:
        try:
            binary = find_server()
        except ServerError as error:
            return Check("server", ok=False, observed=message("none"), cure=(error.message,))
        version = ".".join(map(str, binary.version))
        note = message("doctor.server-idle", name=binary.name, version=version, allocator=binary.allocator)
        return Check("server", ok=True, observed=note)
    return asyncio.run(_reach(url, embedded=settings.redis_url is None))


async def _reach(url: str, *, embedded: bool) -> Check:
    async with await connect(url, unsafe=True) as client:
        name, version = await server_version(client)
        faults = await check_durability(client)
        info = await client.info()
    allocator = str(info.get("mem_allocator", "libc"))
    if embedded:
        allocator = allocator_of(int(info["process_id"]), allocator)
    key = "doctor.server-unsafe" if faults else "doctor.server-safe"
    note = message(key, name=name, version=".".join(map(str, version)), allocator=allocator)
    return Check("server", ok=not faults, observed=note, cure=tuple(faults))


def _existing(path: Path) -> Path:
    path = path.resolve()
    while not path.exists():
        path = path.parent
    return path


def _directory(data: Path) -> Check:
    place = _existing(data)
    ok = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    cure = () if ok else (message("doctor.cure.directory", place=place),)
    return Check("data-directory", ok, str(data), cure)


def _permissions(settings: Settings) -> Check:
    open_paths = open_to_others(settings)
    if not open_paths:
        return Check("permissions", ok=True, observed=message("doctor.own-user"))
    open_files: Message | str = str(open_paths[0])
    if len(open_paths) > 1:
        open_files = message("and-more", file=open_files, count=len(open_paths) - 1)
    note = message("doctor.open-to-others", file=open_files)
    cure = message("doctor.cure.permissions", command=f"chmod -R go= {settings.data}")
    return Check("permissions", ok=False, observed=note, cure=(cure,))


def _ports(settings: Settings) -> Check:
    addresses = ports.of(settings)
    if settings.redis_port:
        addresses["KELAMBU_REDIS_PORT"] = ("127.0.0.1", settings.redis_port)
    if clash := ports.clash(settings):
        return Check("ports", ok=False, observed=message("doctor.one-port-twice"), cure=(clash,))
    ports_in_use = {
        setting: port for setting, (host, port) in addresses.items() if ports.is_taken(host, port)
    }
    all_ports = ", ".join(str(port) for _, port in addresses.values()) or message("none")
    if not ports_in_use:
        return Check("ports", ok=True, observed=message("doctor.ports-free", ports=all_ports))
    if settings.redis_url or running(settings.data):
        return Check("ports", ok=True, observed=message("doctor.ports-in-use", ports=all_ports))
    note = message("doctor.ports-taken", ports=", ".join(map(str, ports_in_use.values())))
    cure = tuple(ports.refusal(setting, port) for setting, port in ports_in_use.items())
    return Check("ports", ok=False, observed=note, cure=cure)


def _disk(data: Path) -> Check:
    free = shutil.disk_usage(_existing(data)).free
    ok = free >= _LEAST_FREE_BYTES
    cure = () if ok else (message("doctor.cure.disk"),)
    return Check("disk", ok, message("doctor.disk-free", size=free // 10**9), cure)


def _keys(url: str) -> Check:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        with create_engine(address).connect():
            return Check("keys", ok=True, observed=message("doctor.answers", name=address.get_backend_name()))
    file = Path(address.database or "")
    if not file.exists():
        return Check("keys", ok=True, observed=message("doctor.no-keys"))
    if file.stat().st_mode & 0o077:
        cure = message("doctor.cure.keys-readable", file=file)
        return Check("keys", ok=False, observed=message("doctor.keys-readable"), cure=(cure,))
    if not os.access(file, os.R_OK | os.W_OK):
        cure = message("doctor.cure.keys-unopened", file=file)
        raise CommandError(message("doctor.fault.keys-unopened"), cure)
    look_at(url)
    return Check("keys", ok=True, observed=message("doctor.keys-own"))


def _read_models(settings: Settings) -> Check:
    if not has_read_models(settings):
        return Check("read-models", ok=True, observed=message("doctor.no-read-models"))
    with closing(Store(settings.database_url)) as store:
        live = sum(build.live for build in store.builds())
    return Check("read-models", ok=True, observed=message("doctor.read-models", count=live))


def _rulebook(folder: Path | None) -> Check:
    rulebook = named(folder)
    return Check("rulebook", ok=True, observed=f"{rulebook.scheme.name} {rulebook.name}")
