"""What the bank must be asked where neither batch files nor read models show what left after the ledger ends.

A ledger that is an older copy would let orders leave again that are at the bank. Where nothing here shows it, nothing
leaves until an officer has said which batch file of each partition is the last that the bank has, and it is the last
known here.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from events.message import Message, message
from services.disbursement.adoption import LeftFile
from services.installation.inspection import Parts
from services.ledger.payments import Payments, label


class BankQuestion(Struct, frozen=True):
    """The last batch of each partition that is known here, 0 where none is, as ``p00-3``; and what the officer says."""

    last_here: tuple[str, ...]
    last_at_bank: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the bank has nothing that is not known here."""
        return self.last_at_bank == self.last_here

    @property
    def message(self) -> Message:
        """What to ask, or what does not agree."""
        last_here = ",".join(self.last_here)
        if self.last_at_bank:
            return message("recover.bank-differs", said=",".join(self.last_at_bank), known=last_here)
        return message("recover.ask-bank", known=last_here)


async def question(
    payments: Payments,
    parts: Parts,
    files: Sequence[LeftFile],
    known_at_bank: Sequence[str],
    *,
    readable: bool,
) -> BankQuestion | None:
    """Return what is to be asked, None where it is known here; ``readable``: the read models can be read.

    ``files`` are about to be taken over.
    """
    if (parts.batches or readable) and not await payments.awaits_bank():
        return None
    last = {one.batch.partition: one.batch.sequence for one in files}
    last_here = [
        label(partition, last.get(partition) or (await payments.progress(partition)).sequence)
        for partition in range(parts.core.partitions)
    ]
    return BankQuestion(tuple(last_here), tuple(sorted(known_at_bank)))
