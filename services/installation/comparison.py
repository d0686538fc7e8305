"""What does not belong together, part by part, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from services.installation.identity import Identity
from services.installation.parts import Parts

Part: TypeAlias = Literal["ledger", "keys", "read models", "batch files", "edge"]
How: TypeAlias = Literal["missing", "half", "foreign", "older", "earlier", "later", "apart", "unmarked"]
"""``older``: a key store that lacks keys, or has others since it went another way; ``earlier``, ``later``: of another epoch; ``apart``: recovered apart from the ledger."""

EVERYTHING: tuple[Part, ...] = ("batch files", "read models")
"""What the services of an installation write, beside servers and keys."""

RECOVER = "`kelambu recover` says what belongs together and what can be done"


class Mismatch(Struct, frozen=True):
    """A part that does not belong to the ledger, or the ledger itself where that is missing."""

    part: Part
    how: How
    what: str
    cure: str

    def __str__(self) -> str:
        """Say what is wrong, and in a second line what to do."""
        return f"{self.what}.\n  {self.cure}."


NAMES: dict[Part, str] = {
    "ledger": "the core server (REDIS_URL, or DATA/server)",
    "keys": "the key store (KELAMBU_KEYS, or DATA/keys)",
    "read models": "the read models (KELAMBU_DATABASE, or DATA/read-models.db)",
    "batch files": "the batch directory (DATA/batches)",
    "edge": "the edge server (EDGE_URL)",
}
"""How people are told of a part."""
_BRING: dict[Part, str] = {
    "ledger": "Bring back the server's own files, or restore a backup with `kelambu restore`",
    "keys": "Bring back the newest copy of the key store, never an empty one: with another secret every person would be somebody else",
    "read models": "`kelambu recover` builds them anew from the ledger",
    "batch files": "Bring back or mount the directory; if it is lost, `kelambu recover` writes the files again",
    "edge": "Name the right server in EDGE_URL",
}


_RESTORE_AGAIN = "Run `kelambu restore BACKUP` again, which begins anew; a ledger that was set aside for it stands in DATA/server.TIME"


def blocks(one: Mismatch) -> bool:
    """Whether a recovery cannot mend it: the token secret cannot be made up, and what is somebody else's is not taken."""
    if one.part == "keys":
        return one.how in ("missing", "foreign")
    return one.how == "foreign" and one.part in ("batch files", "edge")


def strangers(parts: Parts, ours: Identity) -> list[str]:
    """Return what belongs to another installation than a ledger that is about to be brought here."""
    marks: dict[Part, str] = {
        "keys": parts.keys.owner,
        "batch files": parts.batches,
        "edge": parts.edge or "",
    }
    found = [differs(part, ours, mark) for part, mark in marks.items() if mark]
    return [str(one) for one in found if one and one.how == "foreign"]


def nothing_there(parts: Parts) -> bool:
    """Whether no part holds anything: an installation is to be created, or its creation was broken off."""
    begun = parts.keys.owner if not parts.keys.whole else ""
    marks = (parts.read_models, parts.batches, parts.edge or "")
    return (
        not parts.core.owner
        and parts.core.bare
        and (bool(begun) or (not parts.keys.owner and parts.keys.empty))
        and all(mark in ("", begun) for mark in marks)
        and not parts.built
        and not parts.files
    )


def mismatches(parts: Parts, writes: Collection[Part] = ()) -> list[Mismatch]:
    """Return every part that does not belong to the installation of the ledger; none in a sound installation.

    What a process ``writes`` must be there with its mark, unless it would be empty; another part may be elsewhere.
    """
    if not parts.core.owner:
        return [_no_ledger(parts)]
    ours = Identity.read(parts.core.owner)
    return [found for found in (*_keys(parts, ours), *_others(parts, ours, writes)) if found]


def differs(part: Part, ours: Identity, mark: str) -> Mismatch | None:
    """Return how a part's mark differs from the ledger's; None where it is the same."""
    if mark == str(ours):
        return None
    name = NAMES[part]
    if not mark:
        return Mismatch(
            part, "missing", f"{name} has no mark of {ours.short}: it is empty or another", _BRING[part]
        )
    theirs = Identity.read(mark)
    if theirs.id != ours.id:
        what = f"{name} belongs to another installation ({theirs.short}; the ledger is of {ours.short})"
        return Mismatch(part, "foreign", what, f"{_BRING[part]}; {RECOVER}")
    if theirs.epoch < ours.epoch:
        what = f"{name} is of an earlier epoch ({theirs.short}; the ledger is of {ours.short})"
        return Mismatch(part, "earlier", what, f"{_BRING[part]}; {RECOVER}")
    if theirs.epoch > ours.epoch:
        what = f"{name} is of a later epoch ({theirs.short}) than the ledger ({ours.short}): the ledger is an older copy"
        return Mismatch(part, "later", what, f"{_BRING['ledger']}; {RECOVER}")
    what = f"{name} and the ledger were recovered apart from each other ({theirs.short})"
    return Mismatch(part, "apart", what, f"{_BRING[part]}; {RECOVER}")


def _no_ledger(parts: Parts) -> Mismatch:
    if parts.core.restored:
        what = f"{NAMES['ledger']} was filled from a backup, and the recovery after that was broken off"
        return Mismatch(
            "ledger", "half", what, f"Run `kelambu restore BACKUP` again, which goes on; {RECOVER}"
        )
    if parts.core.restoring:
        what = f"{NAMES['ledger']} holds a part of a backup: a restore was broken off"
        return Mismatch("ledger", "half", what, _RESTORE_AGAIN)
    if not parts.core.bare:
        what = f"{NAMES['ledger']} holds {parts.core.events} events that no installation claims"
        return Mismatch("ledger", "unmarked", what, f"Name the right server; {RECOVER}")
    there: dict[Part, bool] = {
        "keys": bool(parts.keys.owner) or not parts.keys.empty,
        "read models": bool(parts.read_models) or parts.built,
        "batch files": bool(parts.batches or parts.files),
        "edge": bool(parts.edge),
    }
    present = next(NAMES[part] for part, something in there.items() if something)
    what = f"{NAMES['ledger']} is empty, and there is something of an installation in {present}"
    return Mismatch("ledger", "missing", what, f"{_BRING['ledger']}; {RECOVER}")


def _keys(parts: Parts, ours: Identity) -> Iterator[Mismatch | None]:
    keys, needed = parts.keys, parts.core.generation
    found = differs("keys", ours, keys.owner)
    if found and found.how in ("missing", "foreign"):
        yield found
    elif parts.fingerprint != parts.core.fingerprint:
        what = (
            f"{NAMES['keys']} has {'another' if parts.fingerprint else 'no'} token secret than the ledger's"
        )
        yield Mismatch("keys", "foreign", what, _BRING["keys"])
    elif parts.passed is None and keys.generation[0] < needed.number:
        what = (
            f"{NAMES['keys']} is older than the ledger: it ends at generation {keys.generation[0]}, events of the "
            f"ledger need keys of generation {needed.number}"
        )
        yield Mismatch("keys", "older", what, f"{_BRING['keys']}; {RECOVER}")
    elif parts.passed != needed.mark:
        what = (
            f"{NAMES['keys']} is a copy that went another way than the ledger, at generation {needed.number}"
        )
        yield Mismatch("keys", "older", what, f"{_BRING['keys']}; {RECOVER}")
    else:
        yield found


def _others(parts: Parts, ours: Identity, writes: Collection[Part]) -> Iterator[Mismatch | None]:
    if parts.read_models or parts.built:
        yield differs("read models", ours, parts.read_models)
    if parts.batches or parts.files or (parts.core.batches and "batch files" in writes):
        yield differs("batch files", ours, parts.batches)
    if parts.edge is not None:
        yield differs("edge", ours, parts.edge)
