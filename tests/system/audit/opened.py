"""A small installation as a command opens it."""

from __future__ import annotations

from msgspec.structs import replace

from services.ledger.registry import Registry
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from tests.small_installation import NOW, SmallInstallation


class _Unmarked:
    """The identity of a small installation: its server has no mark."""

    id = "small"

    def __str__(self) -> str:
        return ""


def opened(small: SmallInstallation) -> Installation:
    """Return it open; its clock stands."""
    settings = Settings.read(data=small.data)
    return Installation(
        settings=replace(settings, keys_url=f"sqlite:///{small.data}/keys/keys.db"),
        identity=_Unmarked(),  # type: ignore[arg-type]
        core=small.client,
        edge=small.client,
        ledger=small.ledger,
        registry=Registry(small.client),
        keys=small.keys,
        tokens=small.tokens,
        rulebook=small.rulebook,
        watches=(),  # type: ignore[arg-type]
        clock=lambda: NOW,
    )
