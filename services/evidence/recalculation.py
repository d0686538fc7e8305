"""The award of a bundle calculated again.

Its entries and rulebooks as the file of a claim, which ``recheck`` decides anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from services.claim_file.contents import ClaimFile, complete
from services.claim_file.result import calculated
from services.evidence import verifier
from services.evidence.bundle import BUNDLE


class BundleList(Struct, frozen=True):
    """What ``bundle.json`` lists, as far as it is needed to calculate again."""

    claim: str
    origin: str
    entries: tuple[BundleEntry, ...]


class BundleEntry(Struct, frozen=True):
    """The place of an entry of a bundle."""

    index: int
    stream: str
    position: int


def differing_in(files: Mapping[str, bytes]) -> str:
    """Return which file of a bundle does not say what its entries say, or is not that of the list.

    Empty where all agree.
    """
    try:
        verifier.judge_contents(verifier.ProofReport(), files)
    except verifier.Contradiction as contradiction:
        return str(contradiction.facts.get("name", BUNDLE))
    return ""


def claim_file_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the file of the claim that a bundle is of, without its pages; what it proves is not looked at.

    Raises:
        msgspec.MsgspecError, KeyError, ValueError: it is no bundle.
        TextError: what was decided cannot be repeated by this program.
    """
    contents = msgspec.json.decode(files[BUNDLE], type=BundleList)
    rulebooks: dict[str, dict[str, str]] = {}
    for name in sorted(files):
        folder, _, rest = name.partition("/")
        digest, _, text = rest.partition("/")
        if folder == "rulebook" and text:
            rulebooks.setdefault(digest, {})[text] = files[name].decode()
    file = ClaimFile(
        claim=contents.claim,
        installation=contents.origin.split("/")[1],
        partition=int(contents.entries[0].stream.removeprefix("ledger/")),
        known_on="",
        events=tuple(_body(files, one.index) for one in contents.entries),
        rulebooks=rulebooks,
    )
    result, _, _ = calculated(file)
    return complete(file, result, {})


def _body(files: Mapping[str, bytes], index: int) -> bytes:
    longer = files.get(f"entries/{index}.body")
    return files[f"entries/{index}.entry"].split(b"\n", 2)[2] if longer is None else longer
