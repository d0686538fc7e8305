"""The library of server-side functions, assembled from the files in ``functions``.

``header.lua`` comes first and is seen by every other file; the others see nothing of each other. A file may begin
with a line ``#!lua name=…``, with which it can be loaded alone; the library has one such line. On a cluster
every primary must have the library: ``FUNCTION LOAD REPLACE`` with ``target_nodes="primaries"``.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import cast

from redis.asyncio import Redis

LIBRARY = "kelambu"
_HEADER = "header.lua"
_SHEBANG = f"#!lua name={LIBRARY}\n"
_SHEBANG_LINE = re.compile(r"\A#!.*\n")


@cache
def library() -> bytes:
    """Return the source of the whole library."""
    sources = {
        file.name: _SHEBANG_LINE.sub("", file.read_text())
        for file in (files(__package__) / "functions").iterdir()
        if file.name.endswith(".lua")
    }
    header = sources.pop(_HEADER)
    rest = [f"do -- {name}\n{sources[name]}end\n" for name in sorted(sources)]
    return "\n".join([_SHEBANG + header, *rest]).encode()


async def load_functions(client: Redis) -> bool:
    """Make the server's library this one; True when it had none or another."""
    listed = await client.execute_command("FUNCTION LIST", "LIBRARYNAME", LIBRARY, "WITHCODE")  # type: ignore[no-untyped-call]
    if listed and _code(listed[0]) == library():
        return False
    await client.execute_command("FUNCTION LOAD", "REPLACE", library())  # type: ignore[no-untyped-call]
    return True


def _code(listed: object) -> bytes:
    if isinstance(listed, dict):
        return cast("bytes", listed[b"library_code"])
    flat = cast("list[bytes]", listed)
    return flat[flat.index(b"library_code") + 1]
