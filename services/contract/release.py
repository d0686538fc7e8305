"""The contract as it was released, and as it is now: what is compared before a change may go out."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import msgspec

from events.catalogue import AGENCY_TYPES, EVENT_TYPES
from events.codes import Codes
from events.schema import schema
from services.contract.compare import Json, Release
from services.contract.components import answer_schemas, in_words, ref
from services.contract.openapi import http_answers
from services.ledger.edge import ClaimOutcome
from services.ledger.payments import Departure, OrderBatch
from services.ledger.refusals import Notice

RELEASED = Path(__file__).parents[2] / "docs" / "schemas" / "released"
"""A file for each release, ``v0.1.0.json``; never changed afterwards."""


def as_it_is(codes: Codes) -> Release:
    """Return the schemas in force: what agencies send, what is recorded, what Kelambu answers."""
    recorded = {name: schema(name, "recorded", codes) for name in EVENT_TYPES}
    sent = {name: schema(name, codes=codes) for name in AGENCY_TYPES}
    return cast("Release", in_words({"sender": sent, "reader": recorded | {"answers": _answers()}}))


def _answers() -> Json:
    """Return everything that Kelambu answers, over HTTP and over Redis, as the fields of one object."""
    known = http_answers() | answer_schemas(ClaimOutcome, Notice, Departure, OrderBatch)
    return {"type": "object", "properties": {name: ref(name) for name in sorted(known)}, "$defs": known}


def read(file: Path) -> Release:
    """Return a release as it was kept."""
    return msgspec.json.decode(file.read_bytes(), type=Release)


def keep(release: Release, version: str, place: Path = RELEASED) -> Path:
    """Keep a release for ever; raises ``FileExistsError`` if this version is kept already."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"v{version}.json"
    with file.open("xb") as new:
        new.write(msgspec.json.format(msgspec.json.encode(release), indent=1) + b"\n")
    return file


def last(place: Path = RELEASED) -> Path:
    """Return the file of the last release."""
    return max(place.glob("v*.json"), key=lambda file: [int(part) for part in file.stem[1:].split(".")])
