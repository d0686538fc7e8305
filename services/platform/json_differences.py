"""Where two JSON values differ, part by part."""

from __future__ import annotations

from collections.abc import Iterator


def differing(ours: object, theirs: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    """Yield each part in which two values differ: its path, as in ``data.lines[0].amount``, ours, theirs."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in dict.fromkeys((*ours, *theirs)):
            yield from differing(ours.get(name), theirs.get(name), f"{path}.{name}" if path else str(name))
    elif isinstance(ours, list | tuple) and isinstance(theirs, list | tuple) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differing(one, other, f"{path}[{number}]")
    elif ours != theirs:
        yield path, ours, theirs
