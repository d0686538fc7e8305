"""Every key name on the server, and the hash by which an id is known there. No other file spells a key.

A name's braces are its hash tag: all keys of one tag live on one node of a cluster, and no function touches
two tags. There are five kinds of tag: a partition, an agency, a claim number, disbursement, and singles.
"""

from __future__ import annotations

import hashlib

META = "{meta}"
"""Hash: ``partitions``, fixed at creation; ``installation``, ``fingerprint`` and ``generation``, see ``marks``."""


def id_hash(source: str, event_id: str) -> bytes:
    """Return the 16 bytes under which (source, id) is remembered."""
    return hashlib.sha256(f"{source}\n{event_id}".encode()).digest()[:16]


def inbox(partition: int) -> str:
    """Stream: admitted events not yet decided; fields ``e`` (body) and ``t`` (tag of the content)."""
    return f"{{p{partition:02d}}}:inbox"


def ledger(partition: int) -> str:
    """Stream: the events, id ``POSITION-0``, field ``e``."""
    return f"{{p{partition:02d}}}:ledger"


def head(partition: int) -> str:
    """Hash: the ``Head`` of the partition, and how many ``ids``, ``states``, ``segments``, ``claims`` and ``parked`` it has."""
    return f"{{p{partition:02d}}}:head"


def states(partition: int) -> str:
    """Hash: person token to the body of the state."""
    return f"{{p{partition:02d}}}:states"


def segments(partition: int) -> str:
    """Hash: person token, ``#`` and number, to a segment of the state."""
    return f"{{p{partition:02d}}}:segments"


def segment(person: str, number: int) -> str:
    """Return the field of a segment."""
    return f"{person}#{number}"


def segment_of(field: str) -> tuple[str, int]:
    """Return person and number of the field of a segment; the number is -1 where there is none."""
    person, _, number = field.rpartition("#")
    return (person, int(number)) if number.isascii() and number.isdigit() else (field, -1)


def index(partition: int) -> str:
    """Hash: claim number to the positions of its events, four bytes each, big endian."""
    return f"{{p{partition:02d}}}:index"


def ids(partition: int) -> str:
    """Prefix of hashes ``…:0``, ``…:1``, …: 16-byte id hash to 8-byte tag, about 32 ids in each."""
    return f"{{p{partition:02d}}}:ids"


def parked(partition: int) -> str:
    """Set: parked persons."""
    return f"{{p{partition:02d}}}:parked"


PARTITION = (head, ledger, inbox, states, segments, index, parked, ids)
"""The keys of a partition that a function of the server gets, in this order."""


def parked_events(partition: int, person: str) -> str:
    """List: the events of a parked person, oldest first."""
    return f"{parked(partition)}:{person}"


def outbox(agency: str) -> str:
    """Stream: what the agency sends, until it is admitted."""
    return f"{{a:{agency}}}:outbox"


def taken(agency: str) -> str:
    """Stream on the core: what the agency sent over HTTP, sealed, until it is admitted.

    Fields ``i`` (id hash), ``e``.
    """
    return f"{{a:{agency}}}:taken"


def receipts(agency: str) -> str:
    """Stream: one receipt for each admitted or refused document."""
    return f"{{a:{agency}}}:receipts"


def outcomes(agency: str) -> str:
    """Stream: what became of the agency's claims."""
    return f"{{a:{agency}}}:outcomes"


def refused(agency: str) -> str:
    """Stream: one entry for each document that was refused, and one when it was admitted after all."""
    return f"{{a:{agency}}}:refused"


def quarantine(agency: str) -> str:
    """Hash: name of a refused document to the document, sealed with all its faults."""
    return f"{{a:{agency}}}:quarantine"


def quarantined(agency: str) -> str:
    """Sorted set: names of the refused documents by the millisecond of their first arrival."""
    return f"{{a:{agency}}}:quarantined"


def reservations(agency: str) -> str:
    """Hash: id hash to what is known of the document that took this id."""
    return f"{{a:{agency}}}:ids"


def awaited(agency: str) -> str:
    """Set: hashes of ids not yet seen that a retraction waits for."""
    return f"{{a:{agency}}}:awaited"


def early(agency: str, awaited_id: bytes) -> str:
    """List: retractions that came before the event they retract, in order of arrival."""
    return f"{{a:{agency}}}:early:{awaited_id.hex()}"


def unfinished(agency: str) -> str:
    """Hash: id hash of an event that others wait for, to what must still be moved once it is in its inbox."""
    return f"{{a:{agency}}}:unfinished"


def route(claim: str) -> str:
    """Where the events of a claim go."""
    return f"{{c:{claim}}}:route"


def waiting(claim: str) -> str:
    """List: events of a claim that has not been filed yet, in order of arrival."""
    return f"{{c:{claim}}}:waiting"


def claim_of(name: str) -> str:
    """Return the claim number in the name of a key that belongs to a claim."""
    return name.partition("{c:")[2].rpartition("}")[0]


ORDERS = "{pay}:orders"
"""Stream: released orders on their way to the bank, id ``NUMBER-0``, field ``e``."""
BATCHES = "{pay}:batches"
"""Stream: the batches, id ``NUMBER-0``, fields ``e`` and ``first`` (number of its first order)."""
PROGRESS = "{pay}:progress"
"""Hash: how far disbursement has come in each partition; ``orders`` and ``batches``, how many there are;
``awaits-bank``."""
HELD = "{pay}:held"
"""Hash: order id to why the order cannot be released yet."""

ADOPTED = "{pay}:adopted"
"""Hash: order id to the batch in which it had left before this ledger knew of it."""

OUTCOME_CHECKPOINTS = "{outcomes}:told"
"""Hash: partition to the position up to which agencies have their notices of what became of their claims."""

TRAIL = "{audit}:trail"
"""Stream: what auditors and officers did with the book, id ``POSITION-0``, field ``e``."""
TRAIL_HEAD = "{audit}:head"
"""Hash: ``position``, ``hash`` and ``time`` of the last record of the trail."""

LOG_HEAD = "{log}:head"
"""Hash: ``origin``, ``size`` and ``root`` of the log of everything recorded."""

EDGE_META = "{edge}:meta"
"""Hash, on an edge server of its own: ``installation``."""
EDGE_REWRITTEN = "{edge}:rewritten"
"""String with an expiry, on the edge: its file has been rewritten within the hour."""

AGENCIES = "{registry}:agencies"
"""Hash: agency name to its registration."""
CREDENTIALS = "{registry}:credentials"
"""Hash: id of a credential to the credential, ended ones included."""
CREDENTIALS_CHANGED = "{registry}:credentials-changed"
"""Hash: ``times``, how often a credential was added or revoked."""

USER_ACCOUNTS = "{console}:accounts"
"""Hash: name of an account of the console to the account."""


def session(digest: str) -> str:
    """String with an expiry: the session whose id has this SHA-256."""
    return f"{{console}}:session:{digest}"


def sign_in_attempts(digest: str) -> str:
    """String with an expiry: how often somebody tried to sign in by the name that has this SHA-256."""
    return f"{{console}}:attempts:{digest}"


RULEBOOKS = "{rulebooks}:kept"
"""Hash: hash of a rulebook to its files."""


def lease(name: str) -> str:
    """String with an expiry: who holds the lease."""
    return f"{{lease:{name}}}"


def stored_text(stored: bytes | None) -> str:
    """Return what is stored as a word or a name for whoever compares it; what is no text differs from every text."""
    return (stored or b"").decode(errors="replace")
