"""What the auditor says of release batches whose numbers have a gap."""

from services.ledger.payments import OrderBatch, Progress
from services.verification.money import Left, MoneyBook, follow


def _batch(sequence: int) -> OrderBatch:
    return OrderBatch(
        partition=0, sequence=sequence, after=sequence - 1, to=sequence, count=0, amount=0, sha256="", first=1
    )


def test_one_missing_batch_is_told_once():
    """The batches behind it stand at their own numbers."""
    left = Left([_batch(1), _batch(3), _batch(4)], {}, {0: Progress(4, 4, 4)}, [], [])
    messages = [finding.what for finding in follow(left, {0: MoneyBook(partition=0)}, None)]
    assert messages == [
        "batch 2 is missing, p00-3 follows",
        "3 batches up to 4, the progress says 4 up to 4",
    ]
