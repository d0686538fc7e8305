"""Settings: everything that can be set, read once from the environment; each has a default that works."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from events.payment import ReleaseMode
from services.texts.errors import TextError

LogFormat: TypeAlias = Literal["auto", "json", "pretty"]

_PUBLIC = re.compile(r"https://[a-z0-9.-]+(?::[0-9]{1,5})?")
_RGB = re.compile(r"#[0-9a-f]{6}")
_ISSUER = re.compile(r"(?:https://|http://(?:localhost|127\.0\.0\.1)(?::|/|$))[!-~]*")
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
    "console_port": ("KELAMBU_CONSOLE_PORT", 0, 65535),
    "rate": ("KELAMBU_RATE", 1, 10_000_000),
    "burst": ("KELAMBU_BURST", 1000, 10_000_000),
    "silence": ("KELAMBU_SILENCE", 1, 3600),
    "witness_quorum": ("KELAMBU_WITNESS_QUORUM", 1, 64),
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
    rulebooks: Path | None = None
    """Folder of rulebooks that may be asked about; None for ``rulebooks`` in the data directory."""
    programme: Path | None = None
    """File of the regency's programme; None for the one that ships with Kelambu."""
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
    console_host: str = "127.0.0.1"
    console_port: int = 8602
    """Port of the console for auditors and officers; 0 takes none."""
    console_address: str = ""
    """How browsers reach the console from elsewhere, ``https://…``; empty where they are on this machine only."""
    console_colour: str = ""
    """The one colour of the console, ``#rrggbb``; empty for its own."""
    console_logo: Path | None = None
    """File of the logo, SVG or PNG; None for its own."""
    oidc_issuer: str = ""
    """The identity provider of the site, by OpenID Connect; empty for none."""
    oidc_client: str = ""
    """The name under which the provider knows this installation."""
    oidc_secret: Path | None = None
    """File of the secret that the provider has given it."""
    rate: int = 2000
    """Events a second that are taken from an agency over HTTP."""
    burst: int = 10_000
    """Events that it may send at once after it has been quiet."""
    log_directory: Path | None = None
    """Directory of the log of everything recorded; None for ``log`` in ``data``."""
    notary_keys: Path | None = None
    """Directory of the keys that sign the log; None for ``notary-keys`` in ``data``."""
    witnesses: str = ""
    """Who confirms checkpoints of the log: ``URL VKEY [VKEY…]`` for each, one behind the other; empty for nobody."""
    witness_quorum: int = 1
    """How many of them must confirm a checkpoint."""
    silence: int = 120
    """Seconds without a sign of life after which ``kelambu up`` kills a process and starts it again."""
    release: ReleaseMode = "automatic"
    """``named``: orders leave only once a named person has approved them; until somebody ends that by name."""
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
        return cls(
            **{field: number for field, span in _WHOLE.items() if (number := _whole(env, *span)) is not None},
            data=data,
            redis_url=_server(env, "REDIS_URL"),
            edge_url=_server(env, "EDGE_URL"),
            database_url=_database(env, "KELAMBU_DATABASE", data / "read-models.db"),
            keys_url=_database(env, "KELAMBU_KEYS", data / "keys" / "keys.db"),
            rulebook=Path(env["KELAMBU_RULEBOOK"]) if env.get("KELAMBU_RULEBOOK") else None,
            rulebooks=Path(env["KELAMBU_RULEBOOKS"]) if env.get("KELAMBU_RULEBOOKS") else None,
            programme=Path(env["KELAMBU_PROGRAMME"]) if env.get("KELAMBU_PROGRAMME") else None,
            http_host=env.get("KELAMBU_HTTP_HOST") or "127.0.0.1",
            gateway_host=env.get("KELAMBU_GATEWAY_HOST") or "127.0.0.1",
            console_host=env.get("KELAMBU_CONSOLE_HOST") or "127.0.0.1",
            console_address=_address(env, "KELAMBU_CONSOLE_ADDRESS"),
            oidc_issuer=_issuer(env),
            oidc_client=env.get("KELAMBU_OIDC_CLIENT") or "",
            oidc_secret=Path(env["KELAMBU_OIDC_SECRET"]) if env.get("KELAMBU_OIDC_SECRET") else None,
            console_colour=_colour(env, "KELAMBU_CONSOLE_COLOUR"),
            console_logo=Path(env["KELAMBU_CONSOLE_LOGO"]) if env.get("KELAMBU_CONSOLE_LOGO") else None,
            release=cast("ReleaseMode", _one_of(env, "KELAMBU_RELEASE", get_args(ReleaseMode))),
            log_directory=Path(env["KELAMBU_LOG"]) if env.get("KELAMBU_LOG") else None,
            notary_keys=Path(env["KELAMBU_NOTARY_KEYS"]) if env.get("KELAMBU_NOTARY_KEYS") else None,
            witnesses=env.get("KELAMBU_WITNESSES") or "",
            log_format=cast("LogFormat", _one_of(env, "KELAMBU_LOG_FORMAT", get_args(LogFormat))),
            unsafe=_flag(env, "KELAMBU_UNSAFE"),
        )

    @property
    def log(self) -> Path:
        """The directory of the log of everything recorded."""
        return self.log_directory or self.data / "log"

    @property
    def signing_keys(self) -> Path:
        """The directory of the keys that sign the log."""
        return self.notary_keys or self.data / "notary-keys"

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
            "KELAMBU_RULEBOOKS": str(self.rulebooks.resolve()) if self.rulebooks else "",
            "KELAMBU_PROGRAMME": str(self.programme.resolve()) if self.programme else "",
            "KELAMBU_HTTP_HOST": self.http_host,
            "KELAMBU_GATEWAY_HOST": self.gateway_host,
            "KELAMBU_CONSOLE_HOST": self.console_host,
            "KELAMBU_CONSOLE_ADDRESS": self.console_address,
            "KELAMBU_RELEASE": self.release,
            "KELAMBU_LOG": str(self.log_directory.resolve()) if self.log_directory else "",
            "KELAMBU_NOTARY_KEYS": str(self.notary_keys.resolve()) if self.notary_keys else "",
            "KELAMBU_WITNESSES": self.witnesses,
            "KELAMBU_OIDC_ISSUER": self.oidc_issuer,
            "KELAMBU_OIDC_CLIENT": self.oidc_client,
            "KELAMBU_OIDC_SECRET": str(self.oidc_secret.resolve()) if self.oidc_secret else "",
            "KELAMBU_CONSOLE_COLOUR": self.console_colour,
            "KELAMBU_CONSOLE_LOGO": str(self.console_logo.resolve()) if self.console_logo else "",
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


def _address(env: Mapping[str, str], name: str) -> str:
    """Return an address by which browsers come, without a path; only over TLS is a session safe on the way."""
    value = (env.get(name) or "").rstrip("/")
    if value and not _PUBLIC.fullmatch(value):
        raise SettingsError(message("setting.public-address", name=name))
    return value


def _one_of(env: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """Return a setting that is one of these words; the first where nothing is given."""
    value = env.get(name) or values[0]
    if value not in values:
        raise SettingsError(message("setting.one-of", name=name, values=", ".join(values)))
    return value


def _issuer(env: Mapping[str, str]) -> str:
    """Return the address of the identity provider; whoever names one names what it knows this installation by."""
    issuer = env.get("KELAMBU_OIDC_ISSUER") or ""
    if issuer and not _ISSUER.fullmatch(issuer):
        raise SettingsError(message("setting.issuer", name="KELAMBU_OIDC_ISSUER"))
    for name in ("KELAMBU_OIDC_CLIENT", "KELAMBU_OIDC_SECRET"):
        if issuer and not env.get(name):
            raise SettingsError(message("setting.with-issuer", name=name))
    return issuer


def _colour(env: Mapping[str, str], name: str) -> str:
    value = (env.get(name) or "").lower()
    if value and not _RGB.fullmatch(value):
        raise SettingsError(message("setting.colour", name=name))
    return value


def _whole(env: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    value = env.get(name)
    if not value:
        return None
    if not value.isascii() or not value.isdecimal() or not least <= int(value) <= most:
        raise SettingsError(message("setting.whole", name=name, least=least, most=most))
    return int(value)


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "").strip().lower()
    if value not in _YES | _NO:
        raise SettingsError(message("setting.flag", name=name))
    return value in _YES
