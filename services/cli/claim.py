"""``claim NUMBER``: where a claim stands, its money and its story, now or as of an earlier moment."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from cyclopts import Parameter

from events.values import JAKARTA
from projections import claims as read_claims
from projections import timeline
from projections.claims import Claim
from projections.timeline import AsOf, Moment
from services.cli.failures import OK, CommandError
from services.cli.options import AsJson, DataDir, Lang
from services.cli.output import console, show_json, table
from services.cli.reading import read_models
from services.cli.story import rows
from services.cli.wording import Words, moment

_PLACE = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,18})")
"""A position, as it is or behind its partition."""


def claim(
    number: Annotated[str, Parameter(help="The claim number, e.g. MUBA-2025-00001.")],
    /,
    *,
    as_of: Annotated[
        str | None,
        Parameter(
            help="Look back at what was recorded by then: a position as the timeline shows it (2:180, or 180), "
            "or a time such as 2026-11-21T10:05 (WIB)."
        ),
    ] = None,
    json: AsJson = False,
    lang: Lang = "id",
    data: DataDir = None,
) -> int:
    """Tell where a claim stands: one sentence, one line of money, and everything that happened, oldest first."""
    point = None if as_of is None else look_back(as_of)
    words = Words(lang)
    with read_models(data) as view:
        found = read_claims.claim(view, number, point)
        moments = timeline.moments(view, number, point)
        known = found or (None if point is None else read_claims.claim(view, number))
    if known is None:
        raise CommandError(words.say("unknown-claim", claim=number), words.say("unknown-claim.cure"))
    _same_partition(as_of, known)
    if found is None:
        raise CommandError(words.say("unrecorded-claim", claim=number), words.say("unrecorded-claim.cure"))
    if json:
        show_json(content(found, moments, words))
    else:
        _print(found, moments, words, point)
    return OK


def look_back(text: str) -> AsOf:
    """Read ``--as-of``: digits are a position; a time without offset is on the clock of Jakarta, a date its end."""
    if place := _PLACE.fullmatch(text):
        return int(place[2])
    try:
        told = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"--as-of {text} is neither a position nor a time.",
            "Write 412, 2:412, 2026-11-21 or 2026-11-21T10:05.",
        ) from None
    if len(text) <= len("2026-11-21"):
        told += dt.timedelta(days=1, microseconds=-1)
    return told if told.tzinfo else told.replace(tzinfo=JAKARTA)


def _same_partition(as_of: str | None, known: Claim) -> None:
    place = _PLACE.fullmatch(as_of or "")
    if place and place[1] and int(place[1]) != known.partition:
        raise CommandError(
            f"Claim {known.claim} stands in partition {known.partition}, not in {place[1]}.",
            f"Write for example {known.partition}:{known.position}.",
        )


def sentence(found: Claim, words: Words) -> str:
    """Say where the claim stands."""
    if not found.shown:
        return words.say("sentence.retracted", claim=found.claim)
    return words.status(found.claim, found.programme, found.status, found.missing, found.reasons)


def content(found: Claim, moments: list[Moment], words: Words) -> dict[str, object]:
    """Return the claim for ``--json``: codes, rupiah and instants as recorded, and the sentence in words."""
    return {"sentence": sentence(found, words), "claim": found, "timeline": moments}


def _print(found: Claim, moments: list[Moment], words: Words, point: AsOf) -> None:
    out = console()
    out.print(sentence(found, words), style="bold")
    if point is not None:
        when = words.say("position", position=point) if isinstance(point, int) else moment(point)
        out.print(words.say("sentence.as-of", when=when))
    out.print(words.money(found.entitled, found.ordered, found.paid))
    out.print()
    columns = [words.say(f"column.{name}") for name in ("time", "agency", "event", "more", "position")]
    out.print(table("", columns, rows(moments, words), right=(4,)))
