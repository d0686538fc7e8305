"""``verify``: is everything as it must be?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from projections.sums import Reconciliation
from services.audit.findings import AuditResult
from services.cli.opening import with_installation
from services.cli.output import Steps
from services.cli.render.audit import show_audit
from services.cli.verification import examined, sums
from services.runtime.bootstrap import Installation


def verify(
    *,
    page: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Check the ledger for gaps, repeat every calculation, compare states, read models and every rupiah.

    Compares what agencies were answered too. Names every place that differs. Exit code 1 if one does.
    """

    async def work(installation: Installation) -> tuple[AuditResult, Reconciliation | None]:
        with Steps() as steps:
            result = await examined(installation, steps.stage)
        return result, sums(installation, result)

    return show_audit(*with_installation(data, work), json=json, page=page)
