"""The ports of an installation: whether somebody else listens there already."""

from __future__ import annotations

import errno
import socket

from services.settings import Settings


def clash(settings: Settings) -> str:
    """Say which settings name one port for two things; empty where each has its own."""
    named = {
        "KELAMBU_REDIS_PORT": settings.redis_port,
        **{name: port for name, (_, port) in of(settings).items()},
    }
    for setting, port in named.items():
        for other, its in named.items():
            if port and port == its and setting < other:
                return f"{setting} and {other} are both {port}: give each a port of its own"
    return ""


def of(settings: Settings) -> dict[str, tuple[str, int]]:
    """Return the address behind each setting that names a port for HTTP; a port 0 is left out."""
    found = {
        "KELAMBU_GATEWAY_PORT": (settings.gateway_host, settings.gateway_port),
        "KELAMBU_HTTP_PORT": (settings.http_host, settings.http_port),
    }
    return {setting: address for setting, address in found.items() if address[1]}


def is_taken(host: str, port: int) -> bool:
    """Tell whether another process listens on this address."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return False
    except OSError as error:
        return error.errno == errno.EADDRINUSE


def refusal(setting: str, port: int) -> str:
    """Say that a port is taken and what to do."""
    return f"port {port} is taken, perhaps by another installation: set another {setting}, or free it"
