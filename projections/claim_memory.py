"""What a projection remembers of each claim between batches: its state, and each person's retractions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from events.retraction import NOTHING_STRUCK, Struck
from projections.claim_state import ClaimState, take
from projections.columns import table
from projections.event_batch import ChangedClaims, EventBatch
from projections.projection import Rows
from projections.retractions import record, retraction_table, struck_of

_decoder = msgspec.json.Decoder(ClaimState)
_encoder = msgspec.json.Encoder()


class Remembered(Struct, frozen=True):
    """The state of one claim as JSON, found by the claim or by its person.

    The column keeps the name that it is stored under.
    """

    claim: str
    person: str
    standing: str


class Memory:
    """Two tables of one projection, and how a batch changes the standings in them."""

    def __init__(self, projection: str) -> None:
        """Name the tables after ``projection``."""
        self._standings = table(
            f"{projection}_standing", Remembered, key=("claim",), index=("person",), long=True
        )
        self._retractions = retraction_table(projection)
        self.tables = (self._standings, self._retractions)

    def changed(self, rows: Rows, batch: EventBatch) -> Sequence[tuple[ClaimState, Struck]]:
        """Take the batch's steps; return each claim that they or a retraction concern, with what is struck.

        The builds that a batch is applied to together have the same positions: what the first of them finds is so for
        all.
        """
        if not batch.steps and not batch.retractions:
            return []
        record(rows, self._retractions, batch)
        if batch.changed is None:
            batch.changed = self._fold(rows, batch)
        before, remembered, changed = batch.changed
        rows.put(self._standings, remembered, before)
        return changed

    def _fold(self, rows: Rows, batch: EventBatch) -> ChangedClaims:
        remembered_rows = list(rows.find(self._standings, "claim", {step.claim for step in batch.steps}))
        remembered_rows += rows.find(self._standings, "person", {step.person for step in batch.retractions})
        claim_states = {str(row[0]): _decoder.decode(str(row[2])) for row in remembered_rows}
        for step in batch.steps:
            claim_state = claim_states.get(step.claim)
            if claim_state is None:
                claim_state = claim_states[step.claim] = ClaimState(step.claim)
            take(claim_state, step)
        every = list(claim_states.values())
        struck = self.struck(rows, {one.person for one in every})
        return (
            remembered_rows,
            [Remembered(one.claim, one.person, _encoder.encode(one).decode()) for one in every],
            [(one, struck.get(one.person, NOTHING_STRUCK)) for one in every],
        )

    def struck(self, rows: Rows, persons: set[str]) -> dict[str, Struck]:
        """Return what is struck, for those of ``persons`` who have a retraction."""
        return struck_of(rows, self._retractions, persons)
