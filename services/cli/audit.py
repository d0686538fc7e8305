"""``verify`` and ``backup``: is everything as it must be, and can it be brought back?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec import to_builtins
from msgspec.structs import asdict

from events.message import message
from projections.store import Store
from projections.sums import Reconciliation
from services.audit.backup import backup as take_backup
from services.audit.findings import AuditFinding, AuditResult, Progress
from services.audit.verify import Evidence
from services.audit.verify import verify as audit
from services.benefits.shelf import at_hand
from services.bootstrap import Installation
from services.cli.failures import OK
from services.cli.house import in_house
from services.cli.language import said
from services.cli.output import Steps, console, show_json, tell
from services.cli.reading import has_read_models
from services.cli.reconciliation import reconciled, show_sums
from services.cli.wording import LanguageTexts, number
from services.embedded import running
from services.installation.parts import BATCHES
from services.ledger.rulebooks import kept
from services.texts.catalogue import render

PAGE = 50
"""Findings that are shown at once."""


async def examined(house: Installation, progress: Progress) -> AuditResult:
    """Verify everything that the house has."""
    settings = house.settings
    store = Store(settings.database_url) if has_read_models(settings) else None
    batches = settings.data / BATCHES
    try:
        evidence = Evidence(
            client=house.core,
            edge=house.edge,
            ledger=house.ledger,
            rulebook=house.rulebook,
            rulebooks=at_hand(await kept(house.core)),
            keys=house.keys,
            batches=batches if batches.is_dir() else None,
            read_models=store,
            processes=0,
            url=settings.redis_url or running(settings.data) or "",
            unsafe=settings.unsafe,
            keys_url=settings.keys_url,
        )
        return await audit(evidence, progress)
    finally:
        if store is not None:
            store.close()


def verify(
    *,
    page: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Check the ledger for gaps, repeat every calculation, compare states, read models and every rupiah.

    Compares what agencies were answered too. Names every place that differs. Exit code 1 if one does.
    """

    async def work(house: Installation) -> tuple[AuditResult, Reconciliation | None]:
        with Steps() as steps:
            result = await examined(house, steps.stage)
        return result, sums(house, result)

    return told(*in_house(data, work), json=json, page=page)


def sums(house: Installation, result: AuditResult) -> Reconciliation | None:
    """Bring all sums together as the read models have them; nothing where they could not be compared with the ledger."""
    if not has_read_models(house.settings) or any(what.key == "audit.not-built" for what in result.skipped):
        return None
    store = Store(house.settings.database_url)
    try:
        with store.view() as view:
            return reconciled(view)
    finally:
        store.close()


def told(result: AuditResult, sums: Reconciliation | None, *, json: bool, page: int = 1) -> int:
    """Print the outcome of an audit, of its findings one page, and return its exit code."""
    if json:
        show_json({**_in_english(result), "sums": sums})
        return result.exit_code
    out, words = console(), LanguageTexts()
    start = (page - 1) * PAGE
    for one in result.findings[start : start + PAGE]:
        tell(out, f"✗ {finding(one, words)}", style="red", hang=2)
    if more := len(result.findings[start + PAGE :]):
        tell(out, words.say("verify.more", count=number(more), page=page + 1))
    counted = {name: number(getattr(result, name)) for name in ("events", "assessments", "persons")}
    tell(out, words.say("verify.counted", **counted))
    if sums is not None:
        out.print()
        show_sums(sums, words, out)
        out.print()
    if result.explained:
        tell(out, words.say("verify.explained", count=number(len(result.explained))))
    for skipped in result.skipped:
        tell(out, words.say("verify.skipped", what=said(skipped)))
    if result.ok:
        tell(out, words.say("verify.clean"), style="green")
    return result.exit_code


def _in_english(result: AuditResult) -> dict[str, object]:
    """Return an outcome as programs read it: each sentence in English, with the key and parameters of its message."""
    told = {
        name: [{**to_builtins(one), "what": one.what} for one in getattr(result, name)]
        for name in ("findings", "explained")
    }
    return {**asdict(result), **told, "skipped": [render(one, "en") for one in result.skipped]}


def finding(one: AuditFinding, words: LanguageTexts) -> str:
    """Say in one line where something is not as it must be, and what it is."""
    where = ""
    if one.partition is not None:
        key = "verify.place" if one.position else "stage.partition"
        where = f"{words.say(key, partition=one.partition, position=one.position)}, "
    return f"{where}{words.name('check', one.check)}: {said(one.message)}"


def backup(
    place: Path,
    /,
    *,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Copy ledger, keys, registry and positions at one cut. The house may be running.

    The backup holds the keys: whoever has it can read everything. Keep it as safe as the house.
    """

    async def work(house: Installation) -> object:
        with Steps() as steps:
            manifest = await take_backup(house.core, house.ledger, house.keys, place, steps.stage)
        if not json:
            counted = {"events": number(manifest.events), "keys": number(manifest.keys)}
            tell(console(), message("backup.written", place=place, **counted))
        return manifest

    manifest = in_house(data, work)
    if json:
        show_json(manifest)
    return OK
