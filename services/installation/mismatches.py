"""What does not belong together, part by part, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from events.message import Message, message
from services.installation.identity import InstallationIdentity
from services.installation.inspection import Parts

Part: TypeAlias = Literal["ledger", "keys", "read models", "batch files", "edge"]
How: TypeAlias = Literal[
    "missing", "half", "foreign", "older", "earlier", "later", "apart", "unmarked", "unnamed"
]
"""``older``: a key store that lacks keys, or has others since it went another way; ``earlier``, ``later``: of another
epoch; ``apart``: recovered apart from the ledger; ``unnamed``: there is one, and the settings name none."""

EVERYTHING: tuple[Part, ...] = ("batch files", "read models")
"""What the services of an installation write, beside servers and keys."""


class PartMismatch(Struct, frozen=True):
    """A part that does not belong to the ledger, or the ledger itself where that is missing."""

    part: Part
    how: How
    what: Message
    cure: Message

    @property
    def message(self) -> Message:
        """What is wrong, and in a second line what to do."""
        return message("mismatch.and-cure", what=self.what, cure=self.cure)


def _and_recover(bring: Message) -> Message:
    return message("bring.or-recover", bring=bring)


NAMES: dict[Part, Message] = {
    "ledger": message("part.ledger"),
    "keys": message("part.keys"),
    "read models": message("part.read-models"),
    "batch files": message("part.batch-files"),
    "edge": message("part.edge"),
}
"""The name of each part for people."""
_BRING: dict[Part, Message] = {
    "ledger": message("bring.ledger"),
    "keys": message("bring.keys"),
    "read models": message("bring.read-models"),
    "batch files": message("bring.batch-files"),
    "edge": message("bring.edge"),
}


_RESTORE_AGAIN = message("bring.restore-anew")


def blocks(one: PartMismatch) -> bool:
    """Whether a recovery cannot mend it.

    The token secret cannot be made up, and what is somebody else's is not taken.
    """
    if one.part == "keys":
        return one.how in ("missing", "foreign")
    return one.how == "foreign" and one.part in ("batch files", "edge")


def strangers(parts: Parts, ours: InstallationIdentity) -> list[Message]:
    """Return what belongs to another installation than a ledger that is about to be brought here."""
    marks: dict[Part, str] = {
        "keys": parts.keys.owner,
        "batch files": parts.batches,
        "edge": parts.edge or "",
    }
    foreign = [differs(part, ours, mark) for part, mark in marks.items() if mark]
    return [one.message for one in foreign if one and one.how == "foreign"]


def nothing_there(parts: Parts) -> bool:
    """Whether no part holds anything: an installation is to be created, or its creation was broken off."""
    unfinished_owner = parts.keys.owner if not parts.keys.whole else ""
    marks = (parts.read_models, parts.batches, parts.edge or "")
    return (
        not parts.core.owner
        and parts.core.bare
        and (bool(unfinished_owner) or (not parts.keys.owner and parts.keys.empty))
        and all(mark in ("", unfinished_owner) for mark in marks)
        and not parts.built
        and not parts.files
    )


def mismatches(parts: Parts, writes: Collection[Part] = ()) -> list[PartMismatch]:
    """Return every part that does not belong to the installation of the ledger; none in a sound installation.

    What a process ``writes`` must be there with its mark, unless it would be empty; another part may be elsewhere.
    """
    if not parts.core.owner:
        return [_no_ledger(parts)]
    ours = InstallationIdentity.read(parts.core.owner)
    return [mismatch for mismatch in (*_keys(parts, ours), *_others(parts, ours, writes)) if mismatch]


def differs(part: Part, ours: InstallationIdentity, mark: str) -> PartMismatch | None:
    """Return how a part's mark differs from the ledger's; None where it is the same."""
    if mark == str(ours):
        return None
    name = NAMES[part]
    if not mark:
        return PartMismatch(
            part, "missing", message("mismatch.no-mark", name=name, ours=ours.short), _BRING[part]
        )
    theirs = InstallationIdentity.read(mark)
    if theirs.id != ours.id:
        what = message("mismatch.foreign", name=name, theirs=theirs.short, ours=ours.short)
        bring = message("bring.own-directory") if part == "batch files" else _BRING[part]
        return PartMismatch(part, "foreign", what, _and_recover(bring))
    if theirs.epoch < ours.epoch:
        what = message("mismatch.earlier", name=name, theirs=theirs.short, ours=ours.short)
        return PartMismatch(part, "earlier", what, _and_recover(_BRING[part]))
    if theirs.epoch > ours.epoch:
        what = message("mismatch.later", name=name, theirs=theirs.short, ours=ours.short)
        return PartMismatch(part, "later", what, _and_recover(_BRING["ledger"]))
    what = message("mismatch.apart", name=name, theirs=theirs.short)
    return PartMismatch(part, "apart", what, _and_recover(_BRING[part]))


def _no_ledger(parts: Parts) -> PartMismatch:
    if parts.core.restored:
        what = message("mismatch.not-recovered", name=NAMES["ledger"])
        return PartMismatch("ledger", "half", what, _and_recover(message("bring.restore-on")))
    if parts.core.restoring:
        what = message("mismatch.half", name=NAMES["ledger"])
        return PartMismatch("ledger", "half", what, _RESTORE_AGAIN)
    if not parts.core.bare:
        what = message("mismatch.unclaimed", name=NAMES["ledger"], events=parts.core.events)
        return PartMismatch("ledger", "unmarked", what, _and_recover(message("bring.server")))
    there: dict[Part, bool] = {
        "keys": bool(parts.keys.owner) or not parts.keys.empty,
        "read models": bool(parts.read_models) or parts.built,
        "batch files": bool(parts.batches or parts.files),
        "edge": bool(parts.edge),
    }
    present = next(NAMES[part] for part, something in there.items() if something)
    what = message("mismatch.empty", name=NAMES["ledger"], places=present)
    return PartMismatch("ledger", "missing", what, _and_recover(_BRING["ledger"]))


def _keys(parts: Parts, ours: InstallationIdentity) -> Iterator[PartMismatch | None]:
    keys, needed = parts.keys, parts.core.generation
    mismatch = differs("keys", ours, keys.owner)
    if mismatch and mismatch.how in ("missing", "foreign"):
        yield mismatch
    elif parts.fingerprint != parts.core.fingerprint:
        kind = "another" if parts.fingerprint else "no"
        what = message(f"mismatch.{kind}-secret", name=NAMES["keys"])
        yield PartMismatch("keys", "foreign", what, _BRING["keys"])
    elif parts.passed is None and keys.generation[0] < needed.number:
        what = message("mismatch.older", name=NAMES["keys"], last=keys.generation[0], needed=needed.number)
        yield PartMismatch("keys", "older", what, _and_recover(_BRING["keys"]))
    elif parts.passed != needed.mark:
        what = message("mismatch.another-way", name=NAMES["keys"], needed=needed.number)
        yield PartMismatch("keys", "older", what, _and_recover(_BRING["keys"]))
    else:
        yield mismatch


def _others(
    parts: Parts, ours: InstallationIdentity, writes: Collection[Part]
) -> Iterator[PartMismatch | None]:
    if parts.read_models or parts.built:
        yield differs("read models", ours, parts.read_models)
    if (
        parts.batches
        or parts.files
        or ((parts.core.batches or parts.core.directory) and "batch files" in writes)
    ):
        yield differs("batch files", ours, parts.batches)
    if parts.edge is not None:
        yield differs("edge", ours, parts.edge)
    elif parts.core.own_edge:
        what = message("mismatch.no-edge", name=NAMES["edge"])
        yield PartMismatch("edge", "unnamed", what, message("bring.edge-or-none"))
