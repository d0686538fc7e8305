"""How a command ends: 0 when all is well, 1 when it found something, 2 when it could not do its work."""

from __future__ import annotations

from pathlib import Path

from events.message import Message, Parameter, message
from services.texts.catalogue import render

OK, FINDING, ERROR = 0, 1, 2


class CommandError(Exception):
    """What is in the way, in one sentence, and what to do about it. Names no person."""

    def __init__(self, what: str | Message, cure: str | Message = "") -> None:
        texts = (render(part, "en") if isinstance(part, Message) else part for part in (what, cure))
        super().__init__(" ".join(texts).strip())
        self.what, self.cure = what, cure


def command_error(what: str, cure: str = "", /, **parameters: Parameter | Path) -> CommandError:
    """Return the error by the keys of its sentence and of its advice, both of which the parameters fill."""
    return CommandError(message(what, **parameters), message(cure, **parameters) if cure else "")


def not_registered(agency: str) -> CommandError:
    """Return what is in the way where no agency has this name."""
    return command_error("agency.unknown", "agency.register-it", agency=agency)


def too_many_claims(claims: int, participants: int) -> CommandError:
    """Return what is in the way where there are fewer participants than claims."""
    return command_error(
        "demo.too-many-claims", "demo.fewer-claims", claims=claims, participants=participants
    )
