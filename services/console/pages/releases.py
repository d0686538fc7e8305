"""Orders that wait for a named person.

Listed, chosen, confirmed with count and total, and what became of the decision.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from events.payment import ReleaseApproved, ReleaseRefused
from projections.store import View
from services.console.access import allowed
from services.console.asking import READS_ALL, asked_again
from services.console.context import Console, ConsoleContext
from services.console.errors import PageError, missing
from services.console.rendering import command_line, page, see_other
from services.console.tables import Column, Table, table_answer
from services.disbursement.approval import DecidedOrders, Decision, SentDecision, outcome_of, send_decision
from services.disbursement.release_mode import common_mode, modes
from services.disbursement.waiting import (
    WaitingList,
    WaitingOrder,
    some_waiting,
    waiting,
    waiting_totals,
)
from services.exceptions.deadlines import order_standing
from services.wording.payments import note
from services.wording.timeline import payee

_RELEASES = allowed("supervisor")
_PATIENCE_SECONDS = 20.0
_KINDS: Mapping[str, type[Decision]] = {"approve": ReleaseApproved, "refuse": ReleaseRefused}


class ReleaseRow(Struct, frozen=True):
    """An order of the list in words; ``choice`` is its number where the reader may decide about it, else empty."""

    order: str
    claim: str
    payee: str
    amount: int
    due_on: str
    late: int
    note: str
    choice: str


class ReleaseOutcome(Struct, frozen=True):
    """What became of a decision that was sent, with the orders as they were chosen."""

    kind: str
    selection: WaitingList
    decision: SentDecision
    result: DecidedOrders

    @property
    def recorded(self) -> WaitingList:
        """The orders about which it is recorded."""
        return self.selection.among(self.result.recorded)


@get("/releases", guards=[READS_ALL], sync_to_thread=True)
def releases(console: Console) -> Response[str] | Response[bytes]:
    """List the orders that wait, with their totals, and what the reader may not approve.

    A supervisor chooses from them.
    """
    arranged = console.run(modes(console.installation.ledger))
    token, choose = _token(console), console.may("supervisor") and "named" in arranged
    with console.view() as view:
        totals = waiting_totals(view)

        def rows(first: int, count: int) -> Sequence[ReleaseRow]:
            return [_row(console, one, token, choose=choose) for one in some_waiting(view, first, count)]

        return table_answer(
            console,
            "releases.html",
            _table(rows, totals.amount, totals.orders),
            mode=common_mode(arranged),
            totals=totals,
            command=command_line("release list", {"by": console.account.name}),
        )


@get("/releases/confirm", guards=[_RELEASES], sync_to_thread=True)
def confirm(console: Console) -> Response[str] | Response[bytes]:
    """Repeat what is about to be decided: which orders, how many, how much; and ask why."""
    kind, token = console.one("decision", "approve"), _token(console)
    if kind not in _KINDS:
        raise missing()
    with console.view() as view:
        if not console.one("all"):
            selection = _orders_named(view, console.every("order"))
        elif console.one("seen") == waiting_totals(view).name:
            selection = waiting(view).by(token)
        else:
            raise PageError(409, message("console.releases.changed"))
    if not selection.orders:
        raise PageError(400, message("console.releases.none-chosen"))
    return table_answer(
        console,
        "releases_confirm.html",
        _table(
            [_row(console, one, token) for one in selection.orders],
            selection.amount,
        ),
        kind=kind,
        selection=selection,
    )


@post(
    "/releases/decide",
    guards=[_RELEASES],
    form="/releases/confirm",
    keeps=("decision", "order"),
    sync_to_thread=True,
)
def decided(console: Console) -> Response[None]:
    """Decide about the orders as they were confirmed, in the name of the account; the other of two at once is told."""
    kind, fields = console.sent("decision"), console.fields
    if kind not in _KINDS:
        raise missing()
    reason = fields.needed("reason", "console.releases.no-reason")
    fields.done()
    with console.view() as view:
        selection = _orders_named(view, console.form.get("order", ()))
    if not selection.orders or selection.name != console.sent("seen"):
        raise PageError(409, message("console.releases.changed"))
    as_seen = [one.as_seen for one in selection.orders]
    act = send_decision(
        console.installation, _KINDS[kind], as_seen, officer=console.account.name, reason=reason
    )
    decision = console.run(act)
    result = _outcome(console, decision, _until(_PATIENCE_SECONDS))
    _keep(console, ReleaseOutcome(kind, selection, decision, result))
    return see_other(f"/releases/acts/{decision.act}")


@get("/releases/acts/{act:str}", guards=[_RELEASES], sync_to_thread=True)
def outcome(act: FromPath[str], console: Console) -> Response[str]:
    """Say of each order of a decision whether it is recorded, or why not; while neither is so the page loads again."""
    last = console.services.results.last(("release", act), "")
    if last is None:
        raise missing(message("console.releases.forgotten"))
    release: ReleaseOutcome = last.value
    if release.result.waiting and not (result := _outcome(console, release.decision, lambda: True)).waiting:
        release = _keep(console, replace(release, result=result))
    answer = page(console, "releases_outcome.html", outcome=release)
    return asked_again(console, answer) if release.result.waiting else answer


def _outcome(console: ConsoleContext, decision: SentDecision, stopped: Callable[[], bool]) -> DecidedOrders:
    return console.run(outcome_of(console.installation, console.installation.rulebook, decision, stopped))


def _keep(console: ConsoleContext, release: ReleaseOutcome) -> ReleaseOutcome:
    """Keep what became of a decision, so that its page can be loaded again."""
    version = "waiting" if release.result.waiting else "decided"
    console.services.results.get(
        ("release", release.decision.act), version, lambda: release, clock=console.installation.clock
    )
    return release


def _orders_named(view: View, orders: Sequence[str]) -> WaitingList:
    numbers = set(orders)
    waiting_list = waiting(view, numbers)
    if len(waiting_list.orders) != len(numbers):
        raise PageError(409, message("console.releases.changed"))
    return waiting_list


def _token(console: ConsoleContext) -> str:
    return console.installation.tokens.officer(console.account.name)


def _until(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _table(
    rows: Sequence[ReleaseRow] | Callable[[int, int], Sequence[ReleaseRow]], amount: int, counted: int = 0
) -> Table[ReleaseRow]:
    return Table(
        name="releases",
        answer_path="orders",
        caption="console.releases.caption",
        columns=_COLUMNS,
        rows=rows,
        counted=counted,
        sums={"amount": amount},
    )


def _row(console: ConsoleContext, one: WaitingOrder, token: str, *, choose: bool = False) -> ReleaseRow:
    return ReleaseRow(
        order=one.order,
        claim=one.claim,
        payee=payee(one.payee, console.words),
        amount=one.amount,
        due_on=one.due_on,
        late=order_standing(one.due_on, "", console.today.isoformat(), "")[1],
        note=note(one, token, console.words),
        choice=one.order if choose and token not in one.reviewed_by else "",
    )


_COLUMNS = (
    Column[ReleaseRow](key="order", heading="due.order", kind="code"),
    Column[ReleaseRow](
        key="claim", heading="exception.claim", kind="code", link=lambda row: f"/claims/{row.claim}"
    ),
    Column[ReleaseRow](key="payee", heading="due.payee"),
    Column[ReleaseRow](key="amount", heading="due.amount", kind="rupiah"),
    Column[ReleaseRow](key="due_on", heading="due.day", kind="day"),
    Column[ReleaseRow](key="late", heading="due.late", kind="number"),
    Column[ReleaseRow](key="note", heading="release.note"),
)

routes = (releases, confirm, decided, outcome)
