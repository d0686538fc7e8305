"""``claim NUMBER``: where a claim stands, its money and its story, now or as of an earlier moment."""

from __future__ import annotations

from pathlib import Path

from events.settlement import Discrepancy
from projections import claims as read_claims
from projections import timeline
from projections.claims import ClaimRow
from projections.timeline import AsOf, Moment
from services.cli.dates import as_it_stood, look_back, require_partition, unknown, unrecorded
from services.cli.exit_codes import OK
from services.cli.output import console, show_json, table, tell
from services.cli.read_models import read_models
from services.cli.render.terms import LanguageTexts
from services.cli.render.timeline import rows


def claim(number: str, /, *, as_of: str | None = None, json: bool = False, data: Path | None = None) -> int:
    """Tell where a claim stands: one sentence, one line of money, and everything that happened, oldest first."""
    point = None if as_of is None else look_back(as_of)
    words = LanguageTexts()
    with read_models(data) as view:
        found = read_claims.claim(view, number, point)
        moments = timeline.moments(view, number, point)
        known = found or (None if point is None else read_claims.claim(view, number))
    if known is None:
        raise unknown(number)
    require_partition(as_of, known.claim, known.partition, known.position)
    if found is None:
        raise unrecorded(number)
    if json:
        show_json(content(found, moments, words))
    else:
        _print(found, moments, words, point)
    return OK


def sentence(found: ClaimRow, amiss: list[Discrepancy], words: LanguageTexts) -> str:
    """Say where the claim stands."""
    if not found.shown:
        return words.say("sentence.retracted", claim=found.claim)
    return words.status(
        found.claim,
        found.programme,
        found.status,
        found.missing,
        found.reasons,
        found.sums,
        amiss=bool(amiss),
    )


def content(found: ClaimRow, moments: list[Moment], words: LanguageTexts) -> dict[str, object]:
    """Return the claim for ``--json``: codes, rupiah and instants as recorded, and the sentence in words."""
    amiss = timeline.mismatches(found.claim, moments)
    return {
        "sentence": sentence(found, amiss, words),
        "claim": found,
        "mismatches": amiss,
        "timeline": moments,
    }


def _print(found: ClaimRow, moments: list[Moment], words: LanguageTexts, point: AsOf) -> None:
    out = console()
    amiss = timeline.mismatches(found.claim, moments)
    tell(out, sentence(found, amiss, words), style="bold")
    if point is not None:
        tell(out, as_it_stood(point, words))
    for one in amiss:
        tell(out, words.mismatch(one), style="red", hang=2)
    tell(out, words.sums(found.sums))
    out.print()
    columns = [words.say(f"column.{name}") for name in ("time", "agency", "event", "position")]
    out.print(table("", columns, rows(moments, words), right=(3,), prose=(2,)))
