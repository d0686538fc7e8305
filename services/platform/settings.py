"""Settings: everything that can be set, read once from the environment; each has a default that works."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from services.texts.errors import TextError

LogFormat: TypeAlias = Literal["auto", "json", "pretty"]

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})
_WHOLE = {
    "redis_port": ("KELAMBU_REDIS_PORT", 0, 65535),
    "partitions": ("KELAMBU_PARTITIONS", 1, 100),
    "adjudicators": ("KELAMBU_ADJUDICATORS", 1, 64),
    "intakes": ("KELAMBU_INTAKES", 1, 64),
    "http_port": ("KELAMBU_HTTP_PORT", 0, 65535),
    "gateway_port": ("KELAMBU_GATEWAY_PORT", 0, 65535),
    "gateways": ("KELAMBU_GATEWAYS", 1, 64),
    "rate": ("KELAMBU_RATE", 1, 10_000_000),
    "burst": ("KELAMBU_BURST", 1000, 10_000_000),
    "silence": ("KELAMBU_SILENCE", 1, 3600),
}
"""Settings that are whole numbers: the environment variable of each, the least and the largest."""


class SettingsError(TextError, ValueError):
    """A setting has a value that cannot be; the message names the setting and what it may be."""


class Settings(Struct, frozen=True, kw_only=True):
    """How an installation is set up. ``docs/operations.md`` lists each setting with its environment variable."""

    data: Path = Path("data")
    """Directory of the embedded server, the keys, the read models and the batch files."""
    redis_url: str | None = None
    """The core server; None for an embedded one in ``data``."""
    edge_url: str | None = None
    """The agencies' server; None for the core server."""
    redis_port: int = 0
    """Port of this machine at which the embedded server answers agencies; 0 takes none."""
    database_url: str
    """SQLAlchemy URL of the read models."""
    keys_url: str
    """SQLAlchemy URL of the key store."""
    rulebook: Path | None = None
    """Directory of the rulebook; None for the one that ships with Kelambu."""
    partitions: int = 8
    adjudicators: int = 1
    """Processes that decide, under ``kelambu up``."""
    intakes: int = 1
    """Processes that admit, under ``kelambu up``."""
    http_host: str = "127.0.0.1"
    http_port: int = 8600
    """Port of health and metrics; 0 takes none."""
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8601
    """Port on which agencies send over HTTP; 0 takes none."""
    gateways: int = 1
    """Processes that share this port, under ``kelambu up``; each takes so much of an agency's rate."""
    rate: int = 2000
    """Events a second that are taken from an agency over HTTP."""
    burst: int = 10_000
    """Events that it may send at once after it has been quiet."""
    silence: int = 120
    """Seconds without a sign of life after which ``kelambu up`` kills a process and starts it again."""
    log_format: LogFormat = "auto"
    unsafe: bool = False
    """Run on a server whose settings would lose what was acknowledged."""

    @classmethod
    def read(cls, env: Mapping[str, str] | None = None, data: Path | None = None) -> Settings:
        """Read the settings from the environment; ``data`` overrules ``KELAMBU_DATA``.

        Raises:
            SettingsError: a value cannot be.
        """
        env = os.environ if env is None else env
        data = data if data is not None else Path(env.get("KELAMBU_DATA") or "data")
        log_format = env.get("KELAMBU_LOG_FORMAT") or "auto"
        if log_format not in get_args(LogFormat):
            raise SettingsError(
                message("setting.one-of", name="KELAMBU_LOG_FORMAT", values=", ".join(get_args(LogFormat)))
            )
        return cls(
            **{field: number for field, span in _WHOLE.items() if (number := _whole(env, *span)) is not None},
            data=data,
            redis_url=_server(env, "REDIS_URL"),
            edge_url=_server(env, "EDGE_URL"),
            database_url=_database(env, "KELAMBU_DATABASE", data / "read-models.db"),
            keys_url=_database(env, "KELAMBU_KEYS", data / "keys" / "keys.db"),
            rulebook=Path(env["KELAMBU_RULEBOOK"]) if env.get("KELAMBU_RULEBOOK") else None,
            http_host=env.get("KELAMBU_HTTP_HOST") or "127.0.0.1",
            gateway_host=env.get("KELAMBU_GATEWAY_HOST") or "127.0.0.1",
            log_format=cast("LogFormat", log_format),
            unsafe=_flag(env, "KELAMBU_UNSAFE"),
        )

    def with_server(self, url: str) -> Settings:
        """Return the same settings for this core server."""
        return replace(self, redis_url=url)

    def environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process reads the same settings."""
        return {
            **{name: str(getattr(self, field)) for field, (name, _, _) in _WHOLE.items()},
            "KELAMBU_DATA": str(self.data.resolve()),
            "REDIS_URL": self.redis_url or "",
            "EDGE_URL": self.edge_url or "",
            "KELAMBU_DATABASE": self.database_url,
            "KELAMBU_KEYS": self.keys_url,
            "KELAMBU_RULEBOOK": str(self.rulebook.resolve()) if self.rulebook else "",
            "KELAMBU_HTTP_HOST": self.http_host,
            "KELAMBU_GATEWAY_HOST": self.gateway_host,
            "KELAMBU_LOG_FORMAT": self.log_format,
            "KELAMBU_UNSAFE": "1" if self.unsafe else "0",
        }


def _server(env: Mapping[str, str], name: str) -> str | None:
    url = env.get(name) or None
    if url is not None:
        from redis.connection import parse_url  # noqa: PLC0415 -- half a second that most commands can do without

        try:
            parse_url(url)  # type: ignore[no-untyped-call]
        except ValueError:  # the URL may hold a password: it is not repeated
            raise SettingsError(message("setting.server", name=name)) from None
    return url


def _database(env: Mapping[str, str], name: str, file: Path) -> str:
    url = env.get(name)
    if not url:
        return f"sqlite:///{file.resolve()}"
    from sqlalchemy.engine import make_url  # noqa: PLC0415 -- half a second that most commands can do without

    try:
        make_url(url)
    except Exception:  # noqa: BLE001 -- the URL may hold a password: it is not repeated
        raise SettingsError(message("setting.database", name=name)) from None
    return url


def _whole(env: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    given = env.get(name)
    if not given:
        return None
    if not given.isascii() or not given.isdecimal() or not least <= int(given) <= most:
        raise SettingsError(message("setting.whole", name=name, least=least, most=most))
    return int(given)


def _flag(env: Mapping[str, str], name: str) -> bool:
    given = env.get(name, "").strip().lower()
    if given not in _YES | _NO:
        raise SettingsError(message("setting.flag", name=name))
    return given in _YES
