"""The ports of an installation: whether somebody else listens there already."""

from __future__ import annotations

import errno
import socket

from events.message import Message, message
from services.platform.settings import Settings


def clash(settings: Settings) -> Message | None:
    """Say which settings name one port for two things; None where each has its own."""
    named = {
        "KELAMBU_REDIS_PORT": settings.redis_port,
        **{name: port for name, (_, port) in of(settings).items()},
    }
    for setting, port in named.items():
        for other, its in named.items():
            if port and port == its and setting < other:
                return message("port.clash", setting=setting, other=other, port=port)
    return None


def of(settings: Settings) -> dict[str, tuple[str, int]]:
    """Return the address behind each setting that names a port for HTTP; a port 0 is left out."""
    ports = {
        "KELAMBU_GATEWAY_PORT": (settings.gateway_host, settings.gateway_port),
        "KELAMBU_CONSOLE_PORT": (settings.console_host, settings.console_port),
        "KELAMBU_HTTP_PORT": (settings.http_host, settings.http_port),
    }
    return {setting: address for setting, address in ports.items() if address[1]}


def is_taken(host: str, port: int) -> bool:
    """Tell whether another process listens on this address."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return False
    except OSError as error:
        return error.errno == errno.EADDRINUSE


def refusal(setting: str, port: int) -> Message:
    """Say that a port is taken and what to do."""
    return message("port.taken", port=port, setting=setting)
