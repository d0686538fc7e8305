"""What a recovery found and did, in words or as programs read it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from events.message import message
from services.cli.output import console, show_json, tell
from services.recovery.examination import Recovery
from services.recovery.lost_keys import KeyLoss
from services.texts.catalogue import render
from services.texts.language import said
from services.wording.terms import LanguageTexts, number


def show_recovery(recovery: Recovery, *, json: bool, done: bool = False, options: Sequence[str] = ()) -> None:
    """Print what was found and what is, or was, done; ``options`` are those with which it must be asked to do it."""
    if json:
        show_json(_in_english(recovery))
        return
    out = console()
    if recovery.ledger:
        tell(
            out,
            message(
                "recover.of-ledger",
                id=recovery.ledger[:8],
                epoch=recovery.epoch,
                events=number(recovery.events),
            ),
        )
    for one in recovery.mismatches:
        tell(out, f"✗ {said(one.what)}", style="red")
        tell(out, one.cure, indent=2)
    _show_lost(recovery, done=done)
    if recovery.keys.keys:
        _show_keys(recovery.keys)
    named = [one.message for one in recovery.mismatches]
    for obstacle in recovery.blocked:
        if obstacle not in named:
            tell(out, f"✗ {said(obstacle)}", style="red")
    for step in recovery.steps:
        tell(out, f"{'✓' if done else '→'} {said(step)}")
    if recovery.ask:
        tell(out, f"✗ {said(recovery.ask)}", style="red")
    if recovery.sound:
        tell(out, message("recover.sound"), style="green")
    of_copy = not done and ("--ledger" in options or "--keys" in options)
    if of_copy:
        tell(out, message("recover.copy"))
    if not done and not recovery.blocked and (recovery.steps or of_copy):
        tell(out, message("recover.to-do", options="".join(f" {shlex.quote(one)}" for one in options)))


def _in_english(recovery: Recovery) -> dict[str, object]:
    """Return what was found as programs read it."""
    fields = {name: getattr(recovery, name) for name in ("ledger", "epoch", "events", "lost", "keys")}
    wrong = [
        {"part": one.part, "how": one.how, "what": render(one.what, "en"), "cure": render(one.cure, "en")}
        for one in recovery.mismatches
    ]
    in_english = {
        name: [render(one, "en") for one in getattr(recovery, name)] for name in ("blocked", "steps")
    }
    return (
        fields | in_english | {"mismatches": wrong, "ask": render(recovery.ask, "en") if recovery.ask else ""}
    )


def _show_lost(recovery: Recovery, *, done: bool) -> None:
    out, lost = console(), recovery.lost
    if not (lost.claims or lost.batches):
        return
    tell(out, message("recover.lost" if recovery.ledger else "recover.still-known"))
    if lost.claims:
        named = ", ".join(lost.claims[:20]) + ", …" * (len(lost.claims) > 20)
        tell(out, message("recover.lost-claims", count=number(len(lost.claims)), claims=named))
    if lost.batches:
        amount, batches = LanguageTexts().amount(lost.amount), ", ".join(lost.batches)
        tell(out, message("recover.lost-orders", orders=number(lost.orders), amount=amount, batches=batches))
    if not done:
        tell(out, message("recover.newer-copy"))


def _show_keys(loss: KeyLoss) -> None:
    out = console()
    tell(out, message("recover.unreadable"))
    persons, claims = number(loss.persons), number(loss.claims)
    tell(out, message("recover.unreadable-persons", persons=persons, claims=claims))
    if loss.orders:
        amount = LanguageTexts().amount(loss.amount)
        tell(out, message("recover.unreadable-orders", orders=number(loss.orders), amount=amount))
    if loss.agencies:
        tell(out, message("recover.unreadable-agencies", agencies=", ".join(loss.agencies)))
    if loss.documents:
        tell(out, message("recover.unreadable-documents", count=number(loss.documents)))
