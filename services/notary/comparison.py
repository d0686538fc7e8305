"""What somebody was told of the log, held against the log as it is: whether it continues what it was."""

from __future__ import annotations

import base64
from typing import Literal, TypeAlias

from services.notary.log import Log
from services.platform.newest_checkpoint import KnownLog

Continuity: TypeAlias = Literal["continued", "other-log", "shrunk", "second-history"]


def continuity(log: Log, kept: KnownLog) -> Continuity:
    """Tell whether a log still begins with what was known of it.

    Raises:
        DamagedLogError, MalformedCheckpointError: the log cannot be read.
    """
    checkpoint = log.checkpoint()
    if checkpoint is not None and checkpoint.origin != kept.origin:
        return "other-log"
    if checkpoint is None or checkpoint.size < kept.size:
        return "shrunk"
    same = base64.b64encode(log.root(kept.size)).decode() == kept.root
    return "continued" if same else "second-history"
