"""A round of disbursement that breaks off at a chosen step, as a killed process does.

Before the step or right after it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from services.disbursement.round import RoundContext
from tests.small_installation import SmallInstallation


class CrashError(Exception):
    """The process is gone."""


class Countdown:
    """Counts steps and breaks off at the chosen one; 0 never does."""

    def __init__(self, at: int) -> None:
        self.at, self.steps = at, 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise CrashError


class Crashing:
    """Passes calls on to a real thing, with a step before and a step after each."""

    def __init__(
        self, real: object, countdown: Countdown, after: dict[str, Callable[[], Awaitable[None]]]
    ) -> None:
        self._real, self._countdown, self._after = real, countdown, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if not callable(real):
            return real

        async def call(*args: object, **named: object) -> object:
            self._countdown.step()
            answer = await real(*args, **named)
            self._countdown.step()
            if name in self._after:
                await self._after[name]()
            return answer

        return call


def crashing(installation: SmallInstallation, countdown: Countdown) -> RoundContext:
    """The installation's round; what it delivers is decided at once."""
    context = installation.context()
    return replace(
        context,
        ledger=Crashing(context.ledger, countdown, {"deliver": installation.decide}),
        payments=Crashing(context.payments, countdown, {}),
        accounts=Crashing(context.accounts, countdown, {}),
    )


@contextmanager
def crashing_files(countdown: Countdown) -> Iterator[None]:
    """Count what a batch file goes through as well."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((tempfile, "mkstemp"), (os, "fsync"), (os, "link"), (Path, "unlink")):
            patch.setattr(owner, name, _stepping(getattr(owner, name), countdown))
        yield


def _stepping(real: Callable[..., object], countdown: Countdown) -> Callable[..., object]:
    def call(*args: object, **named: object) -> object:
        countdown.step()
        answer = real(*args, **named)
        countdown.step()
        return answer

    return call
