"""``release list|approve|refuse|mode``: orders that leave only once a named person lets them."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from rich.console import Console

from events.message import message
from events.payment import ReleaseApproved, ReleaseMode, ReleaseRefused
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.opening import with_installation
from services.cli.output import agreed, console, errors, show_json, table, tell
from services.cli.read_models import read_models
from services.disbursement.approval import DecidedOrders, Decision, decide
from services.disbursement.release_mode import arrange, common_mode, modes
from services.disbursement.waiting import WaitingList, WaitingOrder, waiting
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.runtime.embedded_server import running
from services.wording.payments import note
from services.wording.terms import LanguageTexts, day, number
from services.wording.timeline import payee

_PATIENCE_SECONDS = 30.0
"""How long it is waited for the decider, beyond which the decision is in the inboxes."""


def listing(*, by: str | None = None, json: bool = False, data: Path | None = None) -> int:
    """List the orders that wait for a named person, with their totals, and who may not let them leave.

    Exit code 1 if there are any.
    """

    async def work(installation: Installation) -> tuple[WaitingList, list[ReleaseMode], str]:
        token = installation.tokens.officer(by) if by else ""
        return _read(data), await modes(installation.ledger), token

    waiting_list, arranged, token = with_installation(data, work)
    if json:
        show_json(
            {
                **_list_fields(waiting_list),
                "mode": common_mode(arranged),
                "may_not": _may_not(waiting_list, token),
            }
        )
    else:
        _print(waiting_list, arranged, token)
    return FINDING if waiting_list.orders else OK


def _list_fields(waiting_list: WaitingList) -> dict[str, object]:
    """Return a list as data, with its totals and its name."""
    return {
        "orders": waiting_list.orders,
        "leaving": waiting_list.leaving,
        "totals": {"orders": len(waiting_list.orders), "amount": waiting_list.amount},
        "partitions": waiting_list.by_partition,
        "seen": waiting_list.name,
    }


def approve(
    *,
    orders: Sequence[str] = (),
    all_due: bool = False,
    by: str,
    reason: str,
    seen: str | None = None,
    yes: bool = False,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Let orders leave, by name and for a reason.

    Those that are named, or all that wait and that this person may let leave. Their totals are shown before. Exit code
    1 where some of them could not be approved.
    """
    order_names = {order for part in orders for order in part.split(",") if order}
    if bool(order_names) == all_due:
        raise command_error("release.orders-or-all", "release.name-orders")
    if all_due and yes and seen is None:
        raise command_error("release.not-seen", "release.list-first")
    return _decide(ReleaseApproved, order_names or None, by, reason, seen, yes=yes, json=json, data=data)


def refuse(
    order: str, /, *, by: str, reason: str, yes: bool = False, json: bool = False, data: Path | None = None
) -> int:
    """Do not let an order leave, by name and for a reason: it waits until somebody approves it by name."""
    return _decide(ReleaseRefused, {order}, by, reason, None, yes=yes, json=json, data=data)


def rearrange(
    mode: ReleaseMode,
    /,
    *,
    by: str,
    reason: str,
    data: Path | None = None,
) -> int:
    """Let orders leave by name from now on, or by themselves again; it is in the ledger who arranged it and why."""

    async def work(installation: Installation) -> bool:
        if mode == "automatic" and installation.settings.release == "named":
            raise command_error("release.setting", "release.unset")
        return await arrange(installation, mode, by, reason, stopped)

    stopped = until_decided(data)
    is_recorded = with_installation(data, work)
    tell(
        console(),
        message("release.arranged" if is_recorded else "release.waiting", mode=message(f"release.{mode}")),
    )
    return OK


def _decide(
    kind: type[Decision],
    order_names: Collection[str] | None,
    by: str,
    reason: str,
    seen: str | None,
    *,
    yes: bool,
    json: bool,
    data: Path | None,
) -> int:
    """Show what is about to be decided, ask, and decide; ``wanted`` None is all that this person may let leave."""

    async def work(installation: Installation) -> tuple[WaitingList, DecidedOrders | None]:
        if set(await modes(installation.ledger)) == {"automatic"}:
            raise command_error("release.by-themselves", "release.set-named")
        waiting_list = _read(data)
        if seen not in (None, waiting_list.name):
            raise command_error(
                "release.other-list", "release.list-first", seen=str(seen), now=waiting_list.name
            )
        selection = (
            waiting_list.by(installation.tokens.officer(by))
            if order_names is None
            else waiting_list.among(order_names)
        )
        if lacking := sorted(set(order_names or ()) - {one.order for one in selection.orders}):
            raise command_error("release.not-waiting", "release.list-first", orders=", ".join(lacking))
        if not (selection.orders and (yes or _agreed(kind, selection, by))):
            return selection, None
        return selection, await decide(
            installation,
            installation.rulebook,
            kind,
            [one.as_seen for one in selection.orders],
            officer=by,
            reason=reason,
            stopped=stopped,
        )

    stopped = until_decided(data)
    selection, outcome = with_installation(data, work)
    if outcome is None:
        if json:
            show_json({"recorded": {"orders": [], "amount": 0}, "hindered": {}, "waiting": False})
        else:
            tell(console(), message("release.nothing-decided" if selection.orders else "release.nothing"))
        return OK
    recorded = selection.among(outcome.recorded)
    if json:
        show_json(
            {
                "act": outcome.act,
                "recorded": {"orders": outcome.recorded, "amount": recorded.amount},
                "hindered": outcome.hindered,
                "waiting": outcome.waiting,
            }
        )
    else:
        _print_outcome(kind, recorded, outcome)
    return FINDING if outcome.hindered else OK


def _read(data: Path | None) -> WaitingList:
    with read_models(data) as view:
        return waiting(view)


def until_decided(data: Path | None) -> Callable[[], bool]:
    """Return what says when to wait no longer for the decider: at once where no services run."""
    settings = Settings.read(data=data)
    running_here = settings.redis_url or running(settings.data)
    end = time.monotonic() + (_PATIENCE_SECONDS if running_here else 0)
    return lambda: time.monotonic() > end


def _agreed(kind: type[Decision], selection: WaitingList, by: str) -> bool:
    """Show count and total, and ask whoever sits there; where nobody does, ``--yes`` is needed."""
    words = LanguageTexts()
    _print_orders(selection.orders, words, out=errors())
    what = "approve" if kind is ReleaseApproved else "refuse"
    total = words.amount(selection.amount)
    text = message(f"release.about-to-{what}", count=len(selection.orders), total=total, by=by)
    tell(errors(), text)
    return agreed(message("release.sure"))


def _print(waiting_list: WaitingList, arranged: Sequence[ReleaseMode], token: str) -> None:
    words, out = LanguageTexts(), console()
    tell(out, message(f"release.mode-{common_mode(arranged)}"))
    if waiting_list.orders:
        _print_orders(waiting_list.orders, words, token)
        if len(waiting_list.by_partition) > 1:
            _print_partitions(waiting_list, words)
        tell(out, message("release.seen", seen=waiting_list.name))
    else:
        tell(out, message("release.nothing"))
    if waiting_list.leaving:
        amount = words.amount(sum(one.amount for one in waiting_list.leaving))
        tell(out, message("release.leaving", count=len(waiting_list.leaving), amount=amount))


def _print_orders(
    orders: Sequence[WaitingOrder], words: LanguageTexts, token: str = "", out: Console | None = None
) -> None:
    rows = [
        (
            one.order,
            payee(one.payee, words),
            words.amount(one.amount),
            day(dt.date.fromisoformat(one.due_on)),
            number(one.partition),
            note(one, token, words),
        )
        for one in orders
    ]
    rows.append((words.say("demo.all"), "", words.amount(sum(one.amount for one in orders)), "", "", ""))
    names = ("due.order", "due.payee", "due.amount", "due.day", "column.partition", "release.note")
    columns = [words.say(name) for name in names]
    title = words.say("release.title", count=len(orders))
    (out or console()).print(table(title, columns, rows, right=(2, 4), prose=(1, 5)))


def _print_partitions(waiting_list: WaitingList, words: LanguageTexts) -> None:
    rows = [
        (number(one.partition), number(one.orders), words.amount(one.amount))
        for one in waiting_list.by_partition
    ]
    columns = [words.say(name) for name in ("column.partition", "release.count", "due.amount")]
    console().print(table("", columns, rows, right=(0, 1, 2)))


def _print_outcome(kind: type[Decision], recorded: WaitingList, outcome: DecidedOrders) -> None:
    words, out = LanguageTexts(), console()
    if outcome.waiting:
        tell(out, message("release.waiting"))
        return
    what = "approved" if kind is ReleaseApproved else "refused"
    amount = words.amount(recorded.amount)
    tell(out, message(f"release.{what}", count=len(recorded.orders), amount=amount, act=outcome.act))
    for order, why in outcome.hindered.items():
        tell(out, f"{order}: {words.name('refused', why)}", indent=2, hang=2)


def _may_not(waiting_list: WaitingList, token: str) -> list[str]:
    """Return the orders that this person may not let leave."""
    return [one.order for one in waiting_list.orders if token and token in one.reviewed_by]
