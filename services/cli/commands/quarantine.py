"""``quarantine list|show|retry|discard``: messages that were refused, with everything that was wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from events.message import message
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import append
from services.cli.exit_codes import FINDING, OK
from services.cli.opening import with_installation
from services.cli.output import Column, console, show_json, show_table, tell
from services.cli.render.receipts import show_answers
from services.cli.trail_options import NOBODY, By, Reason, TrailOptions, require_reason
from services.intake import quarantine
from services.intake.context import context_of
from services.ledger.edge import Edge, Fault
from services.operations.acts import OperatorAct
from services.operations.refused_documents import (
    RefusalRow,
    RefusalState,
    Resending,
    discard_of,
    discard_refused,
    faults_of,
    refused,
    resending_of,
    retry_refused,
)
from services.runtime.bootstrap import Installation
from services.texts.language import language
from services.wording.terms import LanguageTexts, moment


def listing(
    *,
    agency: str | None = None,
    state: RefusalState = "waiting",
    json: bool = False,
    data: Path | None = None,
) -> int:
    """List refused messages: who sent them, when, and why they were refused.

    Those that wait to be mended; or with --state those that were admitted since, or discarded. Exit code 1 if any
    waits.
    """
    documents = with_installation(data, lambda installation: refused(installation, agency, state=state))
    if json:
        show_json(documents)
    else:
        words = LanguageTexts()
        columns: list[Column[RefusalRow]] = [
            ("column.document", lambda one: one.document, "left"),
            ("column.agency", lambda one: one.agency, "left"),
            ("column.refused", lambda one: moment(one.at), "left"),
            ("column.why", lambda one: words.name("refused", one.code), "prose"),
            ("column.id", lambda one: one.id or "?", "left"),
        ]
        if state != "discarded":
            columns += [
                (
                    "column.sent-again",
                    lambda one: moment(one.sent_again.at) if one.sent_again else "–",
                    "left",
                ),
                ("trail.by", lambda one: one.sent_again.by if one.sent_again else "–", "left"),
            ]
        else:
            columns += [
                ("column.discarded", lambda one: moment(one.discarded.at) if one.discarded else "?", "left"),
                ("trail.by", lambda one: one.discarded.by if one.discarded else "?", "left"),
                ("trail.reason", lambda one: one.discarded.reason if one.discarded else "?", "prose"),
            ]
        show_table(documents, *columns)
    return FINDING if state == "waiting" and documents else OK


def show(
    agency: str,
    document: str,
    /,
    *,
    content: bool = False,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show one refused message with all its faults, each with its code and its path, and what became of it.

    What it says may be personal: --content needs --reason, and is recorded before it is shown.
    """
    require_reason(trail, opens=content)

    async def work(
        installation: Installation,
    ) -> tuple[quarantine.Opened, OperatorAct | None, Resending | None]:
        opened = await quarantine.show(context_of(installation), agency, document)
        if content:
            reading = PersonalDataRead(what="quarantine", subject=f"{agency} {document}", values=None)
            await append(installation, reading, **trail.signature)
        discarded = await discard_of(installation, opened.entry)
        return opened, discarded, await resending_of(installation, opened.entry)

    refused, discarded, resent = with_installation(data, work)
    text = refused.document.decode(errors="replace")
    if json:
        faults = msgspec.to_builtins(refused.faults)
        document_fields = {
            "agency": agency,
            "document": document,
            "code": refused.entry.code,
            "faults": faults,
        }
        document_fields |= {
            "mends": refused.entry.mends,
            "resolved": refused.entry.resolved,
            "discarded": discarded,
        }
        document_fields |= {"sent_again": resent}
        show_json({**document_fields, "content": text} if content else document_fields)
        return OK
    out, words = console(), LanguageTexts()
    why = words.name("refused", refused.entry.code)
    tell(out, f"{agency} {document}: {why}, {moment(refused.entry.at)}", style="bold")
    if refused.entry.mends:
        tell(out, message("quarantine.mends", document=refused.entry.mends))
    if refused.entry.resolved:
        tell(out, message("quarantine.admitted", receipt=refused.entry.resolved))
    if resent:
        tell(out, message("quarantine.resent", **_act_fields(resent.sent)))
        tell(out, message(f"resending.{resent.result}", document=resent.document))
    if discarded:
        tell(out, message("quarantine.discarded", **_act_fields(discarded)))
    _show_faults(refused.faults)
    if content:
        out.print(text, markup=False)
    return OK


def retry(
    agency: str,
    document: str,
    /,
    *,
    mended: Path | None = None,
    check: bool = False,
    no_wait: bool = False,
    by: By = None,
    reason: Reason = "",
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Send a refused message again, as it was or mended, and show its receipt. It goes the way of every other message.

    With --check it is only told what would still be wrong, and nothing is sent. Exit code 1 if it was refused again, or
    would be.
    """
    signed = TrailOptions(by=by, reason=reason).signature
    body = None if mended is None else mended.read_bytes().strip()

    if check:
        return _check(agency, document, body, json=json, data=data)

    async def send(installation: Installation) -> int:
        before = await Edge(installation.edge).receipts_end(agency)
        entry = await retry_refused(installation, agency, document, signed, body)
        if no_wait:
            tell(console(), message("quarantine.sent-again", agency=agency, entry=entry))
            return OK
        return await show_answers(installation, agency, [entry], before, json=json)

    return with_installation(data, send)


def discard(agency: str, document: str, /, *, reason: str, by: By = None, data: Path | None = None) -> int:
    """Say that nobody waits for a refused message any more.

    It leaves the list of those that wait, and stays where it is. Its agency is told so; a mended one is still taken.
    Who did it and why is in the audit trail.
    """
    signed = TrailOptions(by=by, reason=reason).signature
    with_installation(data, lambda installation: discard_refused(installation, agency, document, signed))
    tell(console(), message("quarantine.done"))
    return OK


def _check(agency: str, document: str, mended: bytes | None, *, json: bool, data: Path | None) -> int:
    async def look(installation: Installation) -> tuple[Fault, ...]:
        refused = await quarantine.show(context_of(installation), agency, document)
        return await faults_of(installation, agency, refused.document if mended is None else mended)

    faults = with_installation(data, look)
    if json:
        show_json({"faults": msgspec.to_builtins(faults)})
    elif faults:
        _show_faults(faults)
    else:
        tell(console(), message("console.operations.no-faults-left"))
    return FINDING if faults else OK


def _act_fields(act: OperatorAct) -> dict[str, str]:
    return {"at": moment(act.at), "by": act.by, "reason": act.reason}


def _show_faults(faults: Sequence[Fault]) -> None:
    words = LanguageTexts()
    show_table(
        faults,
        ("column.path", lambda fault: fault.path or "–", "left"),
        ("column.why", lambda fault: words.name("refused", fault.code), "prose"),
        ("column.fault", lambda fault: fault.sentence(language()), "prose"),
    )
