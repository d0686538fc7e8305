"""Which figures are counted otherwise than shown."""

ELSEWHERE = frozenset(
    (
        "seconds",
        "messages.agencies",
        "messages.sent",
        "messages.repeated",
        "messages.refused",
        "messages.orphans",
        "explained",
        "skipped",
        "unreadable",
        "records",
        "unreadable_records",
        "figure",
        "erased",
        "sentence",
        "timeline",
    )
)
"""What is told and does not follow from the ledger: what only senders and quarantine know, and words."""


def differences(ours, theirs, what=""):
    """Name every figure that is counted otherwise than shown, or only one of both, by its place in ``what``."""
    return [f"{what} {difference}".strip() for difference in _differences(ours, theirs, "")]


def _differences(ours, theirs, where):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in (*ours, *(key for key in theirs if key not in ours)):
            place = f"{where}.{key}" if where else key
            if place not in ELSEWHERE:
                yield from _differences(ours.get(key), theirs.get(key), place)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(one, other, f"{where}[{number}]")
    elif ours != theirs:
        yield f"{where}: {ours!r} counted, {theirs!r} told"
