"""What commands add up and record with a handle: sums in rupiah or counts, each by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, cast, get_args

import msgspec
from msgspec.structs import asdict

from projections.agencies import Sort
from projections.claim_counts import SearchCount
from projections.claim_search import ClaimSearch
from projections.exceptions import Kind
from projections.open_orders import Overdue
from projections.participants import GroupCover
from projections.payment_rows import OrderRow
from projections.sums import SUMS, Reconciliation, Sums
from services.audit_trail.findings import FindingState
from services.book.movements import Movements
from services.book.person import PersonFile
from services.controls.hits import Control, ControlResult, ShownControl
from services.exceptions.deadlines import PHASES, Days, Deadlines
from services.exceptions.listing import Exceptions
from services.overview.agency_report import AgencyReport
from services.overview.bank_statements import Made, MadeSums
from services.overview.overview import Overview
from services.overview.scholarships import ScholarshipSums
from services.sampling.evaluation import Evaluation
from services.verification.recall import RecalledSums

Totals: TypeAlias = dict[str, int]


def reconciliation_totals(reconciliation: Reconciliation) -> Totals:
    """Every sum of the total line, and what the bank paid, by name."""
    totals = {name: cast("int", getattr(reconciliation.total, name)) for name in SUMS}
    return totals | {"paid_by_bank": reconciliation.paid_by_bank, "unmatched": reconciliation.unmatched}


def due_totals(today: Iterable[OrderRow], late: Sequence[Overdue], stuck: Iterable[OrderRow]) -> Totals:
    """What is due on the day, what was due before, what that costs, and what may not leave."""
    return {
        "due": sum(order.amount for order in today),
        "overdue": sum(one.order.amount for one in late),
        "compensation": sum(one.compensation for one in late),
        "held": sum(order.amount for order in stuck),
    }


def made_parameters(sought: Made) -> dict[str, str]:
    """Which statements of the bank are sought, as the parameters of the query; days are ISO 8601."""
    named = {"from": sought.first, "to": sought.last, "claim": sought.claim, "kind": sought.kind}
    return {name: str(value) for name, value in named.items() if value is not None}


def made_totals(made: MadeSums) -> Totals:
    """How many statements of the bank there are, and what they come to."""
    return {"statements": made.statements, "paid_by_bank": made.net}


def coverage_totals(covers: Iterable[GroupCover]) -> Totals:
    """Months of participants, the covered ones among them, and those paid for after a death, over all rows."""
    rows = list(covers)
    return {
        "participants": sum(one.participants for one in rows),
        "covered": sum(one.covered for one in rows),
        "after_death": sum(one.after_death for one in rows),
    }


def claims_totals(count: SearchCount) -> Totals:
    """How many claims are sought, and every sum of theirs."""
    return {"claims": count.claims, **asdict(count.sums)}


def claims_sought(parameters: Mapping[str, str]) -> ClaimSearch:
    """What is sought by parameters of the names of ``ClaimSearch``, as texts; days are ISO 8601."""
    return msgspec.convert(dict(parameters), ClaimSearch, strict=False)


def deadline_totals(deadlines: Deadlines) -> Totals:
    """Orders and rupiah against their legal day, and the days of claims by who was waited for, of all groups."""
    orders, phases = deadlines.orders[-1], deadlines.phases[-1]
    standing = (
        "orders",
        "in_time",
        "late",
        "overdue",
        "to_come",
        "held",
        "again",
        "overdue_amount",
        "compensation",
    )
    totals = {name: cast("int", getattr(orders, name)) for name in standing}
    totals |= {"late_days": orders.days.sum, "again_days": orders.again_days.sum}
    return totals | {f"{name}_days": cast("Days", getattr(phases, name)).sum for name in PHASES}


def exceptions_totals(exceptions: Exceptions) -> Totals:
    """The rupiah of each kind of exception that the read models know, none where there is none of a kind."""
    amounts = {total.kind: total.amount for total in exceptions.totals}
    return {kind: amounts.get(kind, 0) for kind in get_args(Kind)}


def control_totals(result: ControlResult | ShownControl) -> Totals:
    """How many hits a control has, and their rupiah."""
    return {"hits": result.count, "hit_amount": result.amount}


def sums_totals(sums: Sums) -> Totals:
    """Every sum of one claim, or of many."""
    return asdict(sums)


def person_totals(person_file: PersonFile) -> Totals:
    """How many claims and paid months a person has, and every sum of the claims."""
    return {
        "claims": len(person_file.claims),
        "months": len(person_file.months_paid),
        **asdict(person_file.sums),
    }


def movement_totals(movements: Movements) -> Totals:
    """Every sum before and after; how many claims are new, changed and gone."""
    counts = {f"{kind}_claims": count for kind, count in movements.counts.items()}
    before, after = (
        {f"{when}.{name}": amount for name, amount in asdict(sums).items()}
        for when, sums in (("before", movements.before), ("after", movements.after))
    )
    return {**before, **after, **counts}


def admitted_totals(sorts: Iterable[Sort]) -> Totals:
    """How many events of agencies were admitted; what stands before the ledger is of no cut."""
    return {"admitted": sum(one.admitted for one in sorts)}


def scholarship_totals(sums: ScholarshipSums) -> Totals:
    """How many children there are, and the rupiah confirmed, paid, and at most still to come."""
    return asdict(sums)


def agency_report_totals(report: AgencyReport) -> Totals:
    """Events that an agency had admitted, and those among them by which it mended what was said."""
    return {"admitted": report.admitted, "corrections": report.corrections}


def overview_totals(overview: Overview) -> Totals:
    """Participants and covered ones of the last month, claims and their sums, and what is ordered and not paid."""
    cover = {"participants": overview.cover.participants, "covered": overview.cover.covered}
    return {**cover, "claims": overview.claims, **asdict(overview.sums), "open": overview.open_total}


def overview_of_controls(results: Iterable[tuple[Control, ControlResult | ShownControl]]) -> Totals:
    """The hits and the rupiah of each control, but of those for which sealed values are opened."""
    totals: Totals = {}
    for one, result in results:
        if not one.opens:
            totals |= {f"hits.{one.name}": result.count, f"amount.{one.name}": result.amount}
    return totals


def recall_totals(decisions: int, sums: RecalledSums) -> Totals:
    """How many decisions rested on what is recalled, and their rupiah."""
    return {"decisions": decisions, **asdict(sums)}


def findings_totals(findings: Sequence[FindingState]) -> Totals:
    """How many findings there are, how many have ended, and their rupiah."""
    return {
        "findings": len(findings),
        "ended": sum(one.ended for one in findings),
        "finding_amount": sum(one.opened.amount for one in findings),
    }


def evaluation_totals(evaluation: Evaluation) -> Totals:
    """What a sample says: of attributes items in error, of monetary units rupiah; and what was found in it."""
    unit = "items" if evaluation.method == "attribute" else "amount"
    return {
        "drawn": evaluation.drawn,
        "examined": evaluation.examined,
        "errors": evaluation.errors,
        f"projected_{unit}": evaluation.projected,
        f"limit_{unit}": evaluation.limit,
        "overstated": evaluation.overstated,
        "understated": evaluation.understated,
    }
