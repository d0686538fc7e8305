"""``origin``: which events of a claim, or of a key, were signed by whom, checked again.

And the evidence of it as files.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import UNSET, Struct

from events.catalogue import decode, had_happened
from events.origin import signed_content
from events.proof import Proof
from services.audit_trail.records import AnswerShown, PersonalDataRead
from services.audit_trail.trail import append
from services.book.cut import Cut, Recorded, cut_at, cut_within
from services.book.person import position_at
from services.claims.moment import as_of, end_of, resolve
from services.cli.book_options import NOW, BookOptions
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.figures import record_look
from services.cli.opening import with_installation
from services.cli.output import show_json, show_table
from services.cli.trail_options import require_reason
from services.figures.figure import concerning_claim
from services.ledger.claim_routes import Routes
from services.ledger.credentials import Credential, Credentials
from services.ledger.partitions import partition_of
from services.ledger.protocol import Entry
from services.platform.durability import private_file
from services.runtime.bootstrap import Installation
from services.sealing.tokens import Tokens
from services.verification.provenance import FOUND, Provenance, Verdict, provenance
from services.wording.terms import LanguageTexts, moment

_PAGE = 1000


class OriginRow(Struct, frozen=True, omit_defaults=True):
    """One agency event and what is known of its origin, as programs read it.

    ``partition`` and ``position`` place it.
    """

    event: str
    type: str
    partition: int
    position: int
    verdict: Verdict
    key: str | None = None
    message: str | None = None
    signed: dt.datetime | None = None


def origin(
    claim: str | None = None,
    /,
    *,
    key: str | None = None,
    evidence: Path | None = None,
    of: BookOptions = NOW,
) -> int:
    """Say of each agency event whether it was signed and by which key, and check the signature again.

    Exit code 1 if a signature does not hold. What --evidence writes can be checked without Kelambu, and is personal:
    it needs --reason and is recorded in the audit trail before it is written.
    """
    if (claim is None) == (key is None):
        raise command_error("origin.which", "origin.example")
    require_reason(of.trail, opens=evidence is not None)

    async def work(installation: Installation) -> list[tuple[int, Provenance, Credential | None]]:
        credentials = {one.id: one for one in await Credentials(installation.core).all()}
        proofs: list[tuple[int, Provenance, Credential | None]] = []
        known_on = await resolve(installation, of.known_on)
        if claim is not None:
            cut, pages = await _of_claim(installation, claim, known_on)
        else:
            cut = await cut_at(installation.ledger, known_on)
            pages = _of_key(installation, key or "", cut)
        async for partition, entries in pages:
            counting = [one for one in entries if _happened(one, of.true_on)]
            proofs += [
                (partition, one, credentials.get(one.origin.key) if one.origin else None)
                for one in await _checked(installation, counting, credentials)
            ]
        if of.trail.engagement:
            concerns = (
                await concerning_claim(installation, claim, of.trail.engagement) if claim is not None else {}
            )
            parameters = {"key": key or ""} if claim is None else {"claim": claim}
            record = AnswerShown(
                query="origin",
                parameters=parameters,
                cut=cut.positions,
                true_on=of.true_on,
                concerns=concerns,
            )
            await record_look(installation, record, of.trail)
        if evidence is not None:
            documents = [(one.person, one.proof) for _, one, signer in proofs if one.proof and signer]
            opening = PersonalDataRead(
                what="origin",
                subject=claim or key or "",
                values=len(documents),
                concerns=_concerned(documents, installation.tokens),
            )
            await append(installation, opening, **of.trail.signature)
        return proofs

    proofs = with_installation(of.data, work)
    if evidence is not None:
        for partition, one, signer in proofs:
            if one.proof and signer:
                _write(evidence, f"p{partition:02d}-{one.position}", one.proof, signer)
    lines = [_line(partition, one) for partition, one, _ in proofs]
    if of.json:
        show_json(lines)
    else:
        words = LanguageTexts()
        show_table(
            lines,
            ("column.event", lambda one: one.event, "left"),
            ("column.type", lambda one: words.event(one.type), "prose"),
            ("column.position", lambda one: f"{one.partition}:{one.position}", "left"),
            ("column.key", lambda one: one.key or "", "left"),
            ("column.signed", lambda one: moment(one.signed) if one.signed else "", "left"),
            ("column.verdict", lambda one: words.name("verdict", one.verdict), "prose"),
        )
    return FINDING if any(one.verdict in FOUND for one in lines) else OK


Pages: TypeAlias = AsyncIterator[tuple[int, Sequence[Entry]]]
"""Entries by their partition, some at a time."""


async def _of_claim(installation: Installation, claim: str, known_on: Recorded | None) -> tuple[Cut, Pages]:
    """Return the cut of the claim's partition up to which it is looked at, and its entries up to there."""
    (route,) = await Routes(installation.core).look([claim])
    if not route.person:
        raise command_error("origin.not-filed", "origin.see-claim", claim=claim)
    partition = partition_of(route.person, installation.ledger.partitions)
    entries = await installation.ledger.history(partition, claim)
    end = await end_of(installation, partition)
    point = as_of(known_on, None, claim, partition, entries[-1].position, end)
    last = position_at(entries, point)

    async def pages() -> Pages:
        yield partition, [entry for entry in entries if entry.position <= last]

    return cut_within(partition, last, installation.ledger.partitions), pages()


async def _of_key(installation: Installation, key: str, cut: Cut) -> Pages:
    mark = b'"origin":{"key":"%b"' % key.encode()
    for partition, last in cut.by_partition.items():
        position = 0
        while position < last:
            page = await installation.ledger.read(partition, position, min(_PAGE, last - position))
            position = page[-1].position
            yield partition, [entry for entry in page if mark in entry.body]


def _happened(entry: Entry, true_on: dt.date | None) -> bool:
    return true_on is None or had_happened(decode(entry.body), true_on)


async def _checked(
    installation: Installation, entries: Sequence[Entry], credentials: dict[str, Credential]
) -> list[Provenance]:
    names = {
        event.sealed.key
        for entry in entries
        if (event := decode(entry.body)).sealed is not UNSET and event.sealed
    }
    keys = await asyncio.to_thread(installation.keys.get, sorted(names))
    checked = (provenance(entry.body, keys, installation.tokens, credentials) for entry in entries)
    return [one for one in checked if one is not None]


def _concerned(documents: Iterable[tuple[str, Proof]], tokens: Tokens) -> tuple[str, ...]:
    """Return the tokens of those whom signed documents are about: the participants, and whoever is named with a NIK."""
    persons = set[str]()
    for person, proof in documents:
        persons |= {person, *map(tokens.nik, _niks(msgspec.json.decode(proof.document)))}
    return tuple(sorted(persons - {""}))


def _niks(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, within in value.items():
            if name == "nik" and isinstance(within, str):
                yield within
            yield from _niks(within)
    elif isinstance(value, list):
        for within in value:
            yield from _niks(within)


def _line(partition: int, one: Provenance) -> OriginRow:
    place = (one.event, one.type, partition, one.position, one.verdict)
    if one.origin is None:
        return OriginRow(*place)
    signed = dt.datetime.fromtimestamp(one.origin.timestamp, dt.UTC)
    return OriginRow(*place, key=one.origin.key, message=one.origin.message, signed=signed)


def _write(folder: Path, name: str, proof: Proof, signer: Credential) -> None:
    """Write the document, exactly what was signed, the signature and the public key, for the operator alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signer.proof))
    origin = proof.origin
    for ending, content in (
        ("json", proof.document),
        ("signed", signed_content(origin.message, origin.timestamp, proof.document)),
        ("signature", base64.b64decode(origin.signature)),
        ("pem", public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
    ):
        with private_file(folder / f"{name}.{ending}") as file:
            file.write(content)
