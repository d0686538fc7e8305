"""What is wrong in a refused document, as its agency is told: in Indonesian by the words of the gateway."""

from __future__ import annotations

from services.cli.language import language
from services.gateway.indonesian import in_indonesian


def faulted(message: str) -> str:
    """Return a fault's message in the language of the command."""
    return message if language() == "en" else in_indonesian(message) or message
