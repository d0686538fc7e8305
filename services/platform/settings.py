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
_LARGEST_PORT = 65535
_MOST_WORKERS = 64
_HIGHEST_RATE = 10_000_000


class SettingsError(TextError, ValueError):
    """A setting has a value that cannot be; the message names the setting and what it may be."""


class Settings(Struct, frozen=True, kw_only=True):
    """How an installation is set up. ``docs/operations.md`` tells each setting and its environment variable."""

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
            data=data,
            redis_url=_server(env, "REDIS_URL"),
            edge_url=_server(env, "EDGE_URL"),
            redis_port=_whole(env, "KELAMBU_REDIS_PORT", 0, 0, _LARGEST_PORT),
            database_url=_database(env, "KELAMBU_DATABASE", data / "read-models.db"),
            keys_url=_database(env, "KELAMBU_KEYS", data / "keys" / "keys.db"),
            rulebook=Path(env["KELAMBU_RULEBOOK"]) if env.get("KELAMBU_RULEBOOK") else None,
            partitions=_whole(env, "KELAMBU_PARTITIONS", 8, 1, 100),
            adjudicators=_whole(env, "KELAMBU_ADJUDICATORS", 1, 1, _MOST_WORKERS),
            intakes=_whole(env, "KELAMBU_INTAKES", 1, 1, _MOST_WORKERS),
            http_host=env.get("KELAMBU_HTTP_HOST") or "127.0.0.1",
            http_port=_whole(env, "KELAMBU_HTTP_PORT", 8600, 0, _LARGEST_PORT),
            gateway_host=env.get("KELAMBU_GATEWAY_HOST") or "127.0.0.1",
            gateway_port=_whole(env, "KELAMBU_GATEWAY_PORT", 8601, 0, _LARGEST_PORT),
            gateways=_whole(env, "KELAMBU_GATEWAYS", 1, 1, _MOST_WORKERS),
            rate=_whole(env, "KELAMBU_RATE", 2000, 1, _HIGHEST_RATE),
            burst=_whole(env, "KELAMBU_BURST", 10_000, 1000, _HIGHEST_RATE),
            silence=_whole(env, "KELAMBU_SILENCE", 120, 1, 3600),
            log_format=cast("LogFormat", log_format),
            unsafe=_flag(env, "KELAMBU_UNSAFE"),
        )

    def with_server(self, url: str) -> Settings:
        """Return the same settings for this core server."""
        return replace(self, redis_url=url)

    def environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process reads the same settings."""
        return {
            "KELAMBU_DATA": str(self.data.resolve()),
            "REDIS_URL": self.redis_url or "",
            "EDGE_URL": self.edge_url or "",
            "KELAMBU_REDIS_PORT": str(self.redis_port),
            "KELAMBU_DATABASE": self.database_url,
            "KELAMBU_KEYS": self.keys_url,
            "KELAMBU_RULEBOOK": str(self.rulebook.resolve()) if self.rulebook else "",
            "KELAMBU_PARTITIONS": str(self.partitions),
            "KELAMBU_ADJUDICATORS": str(self.adjudicators),
            "KELAMBU_INTAKES": str(self.intakes),
            "KELAMBU_HTTP_HOST": self.http_host,
            "KELAMBU_HTTP_PORT": str(self.http_port),
            "KELAMBU_GATEWAY_HOST": self.gateway_host,
            "KELAMBU_GATEWAY_PORT": str(self.gateway_port),
            "KELAMBU_GATEWAYS": str(self.gateways),
            "KELAMBU_RATE": str(self.rate),
            "KELAMBU_BURST": str(self.burst),
            "KELAMBU_SILENCE": str(self.silence),
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


def _whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    given = env.get(name)
    if not given:
        return default
    if not given.isascii() or not given.isdecimal() or not least <= int(given) <= most:
        raise SettingsError(message("setting.whole", name=name, least=least, most=most))
    return int(given)


def _flag(env: Mapping[str, str], name: str) -> bool:
    given = env.get(name, "").strip().lower()
    if given not in _YES | _NO:
        raise SettingsError(message("setting.flag", name=name))
    return given in _YES
