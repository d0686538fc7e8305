"""The log in a backup: its entries and the checkpoint over them, from which everything else of it is made again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path

import msgspec

from services.backup.archive import BackupReader, Writer
from services.notary.checkpoint_text import read_checkpoint
from services.notary.leaves import read_leaf
from services.notary.log import Log
from services.notary.notes import read_note
from services.notary.origins import number_of, set_aside
from services.notary.writer import LogWriter

CHECKPOINT, ENTRIES = "log.checkpoint", "log.entries.jsonl"
_PAGE = 500


async def copy_log(directory: Path, writer: Writer) -> None:
    """Write the log up to its newest checkpoint into a backup, if there is one.

    It comes before ledger and audit trail.
    """
    log = Log(directory)
    if (note := await asyncio.to_thread(log.note)) is None:
        return
    size = read_checkpoint(read_note(note.encode()).text).size
    writer.lines(CHECKPOINT, note.encode().splitlines())

    async def pages() -> AsyncIterator[list[bytes]]:
        entries = log.entries(0, size)
        while page := await asyncio.to_thread(lambda: list(islice(entries, _PAGE))):
            yield [msgspec.json.encode(entry) for entry in page]

    await writer.pages(ENTRIES, pages())


def put_back_log(reader: BackupReader, directory: Path) -> None:
    """Put the log of a backup where logs are kept that go on no more, unless it is there.

    A restored ledger begins another.
    """
    if CHECKPOINT not in reader.manifest.files:
        return
    note = b"".join(line + b"\n" for line in reader.lines(CHECKPOINT)).decode()
    checkpoint = read_checkpoint(read_note(note.encode()).text)
    place = set_aside(directory, number_of(checkpoint.origin))
    if Log(place).note() is not None or Log(directory).note() is not None:
        return
    writer = LogWriter(place)
    try:
        writer.load(0)
        entries = (read_leaf(entry) for entry in reader.read(ENTRIES, bytes))
        while page := list(islice(entries, _PAGE)):
            writer.append(page)
        writer.flush()
        writer.publish(note)
    finally:
        writer.close()
