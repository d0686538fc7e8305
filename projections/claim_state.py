"""The state of a claim: all that is remembered of it, folded from its steps; ``claim_status`` says what it comes to.

The same fold serves the live rows and a look back: the steps up to some moment give the state at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct, field

from events import payment_matching
from events.content import Content
from events.envelope import KELAMBU, reference
from events.retraction import Struck
from projections.claim_records import (
    AccountsRecord,
    AnswerRecord,
    DocumentsRecord,
    FilingRecord,
    MismatchRecord,
    ObjectionRecord,
    OrderRecord,
    StatementRecord,
)
from projections.claim_steps import Step, civil


class ClaimState(Struct, omit_defaults=True):
    """All that is remembered of one claim. Changed in place by ``take``."""

    claim: str
    person: str = ""
    partition: int = 0
    position: int = 0
    recordedtime: str = ""
    filing: FilingRecord | None = None
    causes: list[tuple[str, str]] = []
    """Events by which the agency that filed amended the cause, and what each says."""
    award: Content = Content()
    """What was opened, then the last assessment."""
    overpaid: dict[str, int] = {}
    orders: dict[str, OrderRecord] = {}
    statements: list[StatementRecord] = field(default_factory=list)
    mismatches: list[MismatchRecord] = field(default_factory=list)
    cleared: list[tuple[str, int]] = field(default_factory=list)
    """Of each approval of a return that does not say which payment came back: its reference, and the position up to
    which the claim was known to the officer."""
    fact: tuple[str, str] = ("", "")
    """Reference and time of the last event of an agency."""
    undecided_since: int = 0
    """Position since which the claim waits or is referred, if it does."""
    accounts: list[AccountsRecord] = field(default_factory=list)
    documents: list[DocumentsRecord] = field(default_factory=list)
    objections: list[ObjectionRecord] = field(default_factory=list)
    answers: list[AnswerRecord] = field(default_factory=list)
    places: dict[str, int] = {}
    """Since the first objection or statement of the bank: position of each event that is of the claim or changed it."""
    stage: tuple[str, str] = ("", "")
    """The outcome, of one that waits who has to bring what is missing, and the civil day since which it is recorded
    so."""
    stage_by: tuple[int, str] = (0, "")
    """Position and reference of the assessment that says so."""
    waits: list[tuple[str, str, str]] = field(default_factory=list)
    """Until the first order: from which day on who had to bring what was missing, as ``_turn`` names it, and the
    agency by whose act it is so; empty where no agency was waited for with it. Once complete it stays so."""
    complete_recorded_on: str = ""
    """The civil day on which the act was recorded that made the claim complete for the first time."""
    overpaid_by: dict[str, tuple[int, str]] = {}
    """By payee the position and reference of the event that says what was overpaid."""


def take(claim_state: ClaimState, step: Step) -> None:
    """Take the claim's next step."""
    claim_state.person = claim_state.person or step.person
    claim_state.partition, claim_state.position, claim_state.recordedtime = (
        step.partition,
        step.position,
        step.recordedtime,
    )
    taken = _TAKEN.get(step.type)
    if taken is not None:
        taken(claim_state, step)
    own = step.ref.startswith(_OWN)
    if not own:
        claim_state.fact = step.ref, step.time
    if claim_state.objections or claim_state.statements:
        claim_state.places.setdefault(step.cause if own else step.ref, step.position)


_OWN = reference(KELAMBU, "")


_UNDECIDED = ("", "waiting", "referred")


def _filed(claim_state: ClaimState, step: Step) -> None:
    if claim_state.filing is None:
        claim_state.filing = FilingRecord(step.ref, step.time, step.says.cause, step.says.event_date)
    _documented(claim_state, step)


def _documented(claim_state: ClaimState, step: Step) -> None:
    bare = step.says.without_hash
    kinds = [code.removeprefix("document:") for code in step.says.codes if code.startswith("document:")]
    for kind in bare:
        kinds.remove(kind)
    if kinds or bare:
        claim_state.documents.append(DocumentsRecord(step.ref, step.position, tuple(kinds), bare))


def _accounts_stated(claim_state: ClaimState, step: Step) -> None:
    if step.says.accounts:
        claim_state.accounts.append(AccountsRecord(step.ref, step.position, step.says.accounts))


def _amended(claim_state: ClaimState, step: Step) -> None:
    if step.says.cause and step.ref.partition(":")[0] == agency(claim_state):
        claim_state.causes = [*claim_state.causes, (step.ref, step.says.cause)]


def _opened(claim_state: ClaimState, step: Step) -> None:
    if not claim_state.award.outcome:
        claim_state.award = step.says


def _assessed(claim_state: ClaimState, step: Step) -> None:
    if step.says.outcome in _UNDECIDED and claim_state.award.outcome not in _UNDECIDED:
        claim_state.undecided_since = step.position
    brought = _brought(claim_state, step)
    claim_state.award = step.says
    if step.says.outcome != "due":
        _lapse(claim_state)
    stage = _turn(step.says) if step.says.outcome == "waiting" else step.says.outcome
    if stage != claim_state.stage[0]:
        claim_state.stage = stage, civil(step.recordedtime)
        claim_state.stage_by = step.position, step.ref
    if not claim_state.orders:
        _wait(claim_state, step, brought=brought)


def _brought(claim_state: ClaimState, step: Step) -> bool:
    """Whether an agency was waited for with the act that made this assessment.

    With what an office has to bring, or a decision.
    """
    before = claim_state.award
    if before.outcome == "waiting":
        came = set(before.missing).difference(step.says.missing)
        return turn_of(tuple(sorted(came))) != "family"
    return any(answer.ref == step.cause for answer in claim_state.answers)


def _wait(claim_state: ClaimState, step: Step, *, brought: bool) -> None:
    """Note whose turn it is from the day of the act behind this assessment, and whose act it was if it ``brought`` something."""
    waits = claim_state.waits
    complete = bool(claim_state.complete_recorded_on)
    turn = "complete" if complete else _turn(step.says)
    if turn == "complete" and not complete:
        claim_state.complete_recorded_on = civil(step.recordedtime)
    if waits and not brought and turn == waits[-1][1]:
        return
    ref, time = claim_state.fact
    day = civil(time if time and ref == step.cause else step.recordedtime)
    earliest = waits[-1][0] if waits else civil(claim_state.filing.time) if claim_state.filing else day
    by = step.cause.partition(":")[0] if brought else ""
    waits.append((max(day, earliest), turn, by))


def _turn(says: Content) -> str:
    """Return who has to bring what is missing: ``family``, ``office`` or ``both``.

    ``complete``, or ``ended`` without it.
    """
    if says.outcome in ("due", "referred"):
        return "complete"
    if says.outcome != "waiting":
        return "ended"
    return turn_of(says.missing)


@lru_cache(4096)
def turn_of(missing: tuple[str, ...]) -> str:
    """Return who has to bring what is missing of a claim that waits: ``family``, ``office`` or ``both``."""
    family = sum(code.startswith("document:") or code in _OF_THE_FAMILY for code in missing)
    return "family" if family == len(missing) else "both" if family else "office"


_OF_THE_FAMILY = ("finding:participant_account",)
"""What an agency states and the family tells it; documents are theirs to bring, all other findings an office's."""


def _ordered(claim_state: ClaimState, step: Step) -> None:
    says, first_due = step.says, list[str]()
    for replaced, part in says.replaces.items():
        if before := claim_state.orders.get(replaced):
            first_due.append(before.first_due_on or before.due_on)
            before.amount, before.moved = before.amount - part, before.moved + part
            if before.amount:
                before.benefits = dict(payment_matching.lessened(tuple(before.benefits.items()), part))
    ref, time = claim_state.fact
    claim_state.orders[says.order] = OrderRecord(
        order=says.order,
        position=step.position,
        payee=says.payee,
        amount=says.amount,
        benefits=says.benefits,
        due_on=says.date,
        calendar=says.calendar,
        ordered_at=step.recordedtime,
        counted=time if ref == step.cause else "",
        since=says.since,
        since_on=says.since_on,
        made_at=says.made_at,
        ref=step.ref,
        by=step.cause.partition(":")[0],
        account=says.account,
        stated_at=says.stated_at,
        first_due_on=min(first_due, default=""),
    )


def _release_decided(claim_state: ClaimState, step: Step) -> None:
    order = claim_state.orders.get(step.says.order)
    if order is not None:
        approved, officer = step.type == "claim.release-approved", step.says.officer
        order.approved_by, order.refused_by = (officer, "") if approved else ("", officer)
        order.decided_at = step.recordedtime


def _lapse(claim_state: ClaimState) -> None:
    """What was decided about orders that have not left counts no more.

    The claim is not due, or somebody has decided on it.
    """
    for order in claim_state.orders.values():
        if not order.released_at:
            order.approved_by = order.refused_by = order.decided_at = ""


def _released(claim_state: ClaimState, step: Step) -> None:
    order = claim_state.orders.get(step.says.order)
    if order is not None:
        says, outcome = step.says, claim_state.award.outcome or "waiting"
        order.batch, order.released_at, order.release = (
            says.batch,
            step.recordedtime,
            (step.position, step.ref),
        )
        order.due_on = says.date or order.due_on
        order.released_while = "" if outcome == "due" else outcome
        if says.account:
            order.account, order.stated_at = says.account, says.stated_at


def _cancelled(claim_state: ClaimState, step: Step) -> None:
    order = claim_state.orders.get(step.says.order)
    if order is not None:
        order.cancelled_at = step.recordedtime


def _overpaid(claim_state: ClaimState, step: Step) -> None:
    claim_state.overpaid[step.says.payee] = step.says.amount
    claim_state.overpaid_by[step.says.payee] = step.position, step.ref


def _stated(claim_state: ClaimState, step: Step) -> None:
    says, returned = step.says, step.type == "claim.payment-returned"
    stood = "" if returned else _undecided(claim_state, says.order)
    what = returned, says.order, says.amount, says.date, says.reference, stood
    claim_state.statements.append(StatementRecord(step.ref, step.partition, step.position, *what))


def _undecided(claim_state: ClaimState, number: str) -> str:
    """Return the outcome of an undecided claim if the order had not left before it was undecided; else nothing."""
    order, outcome = claim_state.orders.get(number), claim_state.award.outcome
    if order is None or outcome not in _UNDECIDED:
        return ""
    left = [statement.position for statement in claim_state.statements if statement.order == number]
    left += [order.release[0]] if order.release[0] else []
    return "" if left and min(left) < claim_state.undecided_since else outcome or "waiting"


def _reviewed(claim_state: ClaimState, step: Step) -> None:
    approves, reasons = "approve" in step.says.codes, step.says.reasons
    seen = step.says.last_seen
    until = claim_state.places.get(seen, 0) if seen else step.position - 1
    if approves and "return-unclear" in reasons:
        claim_state.cleared.append((step.ref, until))
    _lapse(claim_state)
    claim_state.answers.append(AnswerRecord(step.ref, until, approves and "objected" in reasons))


def _objected(claim_state: ClaimState, step: Step) -> None:
    day = civil(step.recordedtime)
    claim_state.objections.append(ObjectionRecord(step.ref, step.position, day))


def _mismatched(claim_state: ClaimState, step: Step) -> None:
    says, kind = step.says, step.says.codes[0].removeprefix("mismatch:")
    where = step.partition, step.position, step.recordedtime
    claim_state.mismatches.append(MismatchRecord(*where, says.order, kind, says.expected, says.amount))


_TAKEN: dict[str, Callable[[ClaimState, Step], None]] = {
    "claim.filed": _filed,
    "claim.amended": _amended,
    "claim.documents-received": _documented,
    "claim.verified": _accounts_stated,
    "claim.schooling-confirmed": _accounts_stated,
    "claim.opened": _opened,
    "claim.assessed": _assessed,
    "claim.payment-ordered": _ordered,
    "claim.release-approved": _release_decided,
    "claim.release-refused": _release_decided,
    "claim.payment-released": _released,
    "claim.payment-cancelled": _cancelled,
    "claim.overpaid": _overpaid,
    "claim.reviewed": _reviewed,
    "claim.objected": _objected,
    "claim.paid": _stated,
    "claim.payment-returned": _stated,
    "claim.payment-mismatched": _mismatched,
}


def claim_state_at(claim: str, steps: Iterable[Step]) -> ClaimState:
    """Fold the steps of one claim; they are in the order of the ledger."""
    claim_state = ClaimState(claim)
    for step in steps:
        take(claim_state, step)
    return claim_state


def shown(claim_state: ClaimState, struck: Struck) -> bool:
    """Whether the claim is filed and its filing was not taken back."""
    return claim_state.filing is not None and claim_state.filing.ref not in struck


def taken_back(claim_state: ClaimState, struck: Struck) -> bool:
    """Whether the claim was filed and its filing was taken back."""
    return claim_state.filing is not None and claim_state.filing.ref in struck


def agency(claim_state: ClaimState) -> str:
    """Return the agency that filed the claim."""
    return claim_state.filing.ref.partition(":")[0] if claim_state.filing else ""


def cause(claim_state: ClaimState, struck: Struck) -> str:
    """Return the cause as filed, or as amended last by what still counts."""
    filed = claim_state.filing.cause if claim_state.filing else ""
    return next(
        (stated_cause for ref, stated_cause in reversed(claim_state.causes) if ref not in struck), filed
    )
