"""``--by``, ``--reason`` and ``--engagement``: the same three in every command that writes to the audit trail."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from services.audit_trail.trail import TrailSignature
from services.cli.exit_codes import command_error

By: TypeAlias = Annotated[str | None, Parameter(name="--by")]
Reason: TypeAlias = Annotated[str, Parameter(name="--reason", show_default=False)]
EngagementNumber: TypeAlias = Annotated[
    str, Parameter(name="--engagement", env_var="KELAMBU_ENGAGEMENT", show_env_var=False, show_default=False)
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class TrailOptions:
    """Who does something with the book, why, and under which audit.

    A command takes ``trail: TrailOptions = NOBODY`` and hands ``**trail.signature`` to ``append``.
    """

    by: By = None
    reason: Reason = ""
    engagement: EngagementNumber = ""

    @property
    def signed(self) -> bool:
        """Whether anything was said of who, why and under which audit."""
        return bool(self.by or self.reason or self.engagement)

    @property
    def signature(self) -> TrailSignature:
        """Return what ``append`` is told beside the record."""
        return {"by": operator(self.by), "reason": self.reason, "engagement": self.engagement}


NOBODY = TrailOptions()
"""Where nobody is named: the user of the operating system, for no reason, under no audit."""


def require_reason(trail: TrailOptions, *, opens: bool) -> None:
    """Refuse to open personal values for no reason."""
    if opens and not trail.reason.strip():
        raise command_error("claim-file.reason", "claim-file.give-reason")


def operator(by: str | None) -> str:
    """Return who does it: whoever is named, else the user of the operating system."""
    return by or getpass.getuser()
