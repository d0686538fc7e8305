"""How a command ends: 0 when all is well, 1 when it found something, 2 when it could not do its work."""

from __future__ import annotations

OK, FINDING, ERROR = 0, 1, 2


class CommandError(Exception):
    """What stands in the way, in one sentence, and what to do about it. Names no person."""

    def __init__(self, what: str, cure: str = "") -> None:
        """Keep the sentence and the advice."""
        super().__init__(f"{what} {cure}".strip())
        self.what, self.cure = what, cure


def not_registered(agency: str) -> CommandError:
    """Return what stands in the way where no agency has this name."""
    return CommandError(
        f"no agency is registered as {agency}.",
        "See `kelambu agency list`, or register it with `kelambu agency add`.",
    )
