"""An adjudication service whose decider fails: on an objection as a program fails, on a withdrawal past all help.

``python -m tests.system.failing_adjudicator adjudication``; the errors say what ``CANARY`` holds.
"""

from __future__ import annotations

import os
import sys

from events.catalogue import Event
from events.claim import ClaimObjected, ClaimWithdrawn
from services.adjudication.decider import State, advance
from services.adjudication.worker import Adjudicator
from services.benefits.rulebook import Rulebook
from services.runtime import run


class Doom(BaseException):
    """Nothing catches this."""


def failing(state: State, event: Event, rulebook: Rulebook) -> tuple[State, list[Event]]:
    """Decide, or fail."""
    secret = os.environ["CANARY"]
    if isinstance(event, ClaimObjected):
        try:
            known: dict[str, int] = {}
            known[secret]
        except KeyError as error:
            raise ValueError(secret, event) from error
    if isinstance(event, ClaimWithdrawn):
        raise Doom(secret)
    return advance(state, event, rulebook)


if __name__ == "__main__":
    assert Adjudicator.__init__.__kwdefaults__
    Adjudicator.__init__.__kwdefaults__["advance"] = failing
    sys.exit(run.main(sys.argv[1:]))
