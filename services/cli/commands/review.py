"""``review CLAIM``: an officer's decision, sent in the name of an agency the way of every other event."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.message import message
from services.cli.exit_codes import FINDING, OK
from services.cli.opening import with_installation
from services.cli.output import console, show_json, tell
from services.review.brief import brief
from services.review.decision import (
    LaterEvent,
    MovedError,
    RecordedDecision,
    ReviewDecision,
    Sent,
    send,
    until_recorded,
)
from services.review.prospect import Verdict
from services.runtime.bootstrap import Installation
from services.texts.language import said
from services.wording.explanation import sentence
from services.wording.terms import LanguageTexts

_PATIENCE_SECONDS = 30
"""How long it is waited for the decider where services run."""


def review(
    claim: str,
    /,
    *,
    decision: Verdict,
    grounds: str,
    agency: Annotated[str, Parameter(name="--as")],
    by: str,
    seen: int,
    reasons: Sequence[str] = (),
    no_wait: bool = False,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Decide a claim on what was seen of it: approve the reasons that are named, or deny it, with grounds.

    Where the claim has moved since, or somebody else decides it, nothing is sent; what is new is shown. Exit code 1
    then.
    """
    decided = ReviewDecision(
        claim=claim,
        decision=decision,
        reasons=tuple(code for part in reasons for code in part.split(",") if code),
        grounds=grounds,
        agency=agency,
        officer=by,
        seen=seen,
    )

    async def work(installation: Installation) -> tuple[Sent, RecordedDecision | None, str]:
        sent = await send(installation, decided)
        record = None if no_wait else await until_recorded(installation, decided, _PATIENCE_SECONDS)
        return sent, record, await _sentence(installation, claim) if record else ""

    try:
        sent, record, status_sentence = with_installation(data, work)
    except MovedError as error:
        _show_moved(error, json=json)
        return FINDING
    if json:
        show_json({"event": sent.event, "recorded": record, "repeated": sent.repeated})
        return OK
    out = console()
    tell(out, message("review.repeated" if sent.repeated else "review.sent", event=sent.event))
    if record:
        tell(out, message("review.recorded", position=record.position, sentence=status_sentence))
        if record.between:
            tell(out, message("review.in-between"))
            _show_events(record.between)
    elif not no_wait:
        tell(out, message("review.on-its-way"))
    return OK


async def _sentence(installation: Installation, claim: str) -> str:
    decision_brief = await brief(installation, claim)
    return sentence(decision_brief.told, LanguageTexts()) if decision_brief and decision_brief.told else ""


def _show_moved(error: MovedError, *, json: bool) -> None:
    if json:
        show_json({"later": error.later, "moved": said(error.message)})
        return
    tell(console(), error.message, style="yellow")
    if error.later:
        tell(console(), message("review.events"))
        _show_events(error.later)


def _show_events(events: Sequence[LaterEvent]) -> None:
    words = LanguageTexts()
    for one in events:
        tell(console(), f"{one.position}  {words.name('event', one.type)}  {one.event}", indent=2)
