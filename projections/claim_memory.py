"""What a projection remembers of each claim between batches: its standing, and each person's retractions."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from events.retraction import NOTHING_STRUCK, Struck
from projections.batch import EventBatch
from projections.claim_state import ClaimState, take
from projections.columns import table
from projections.projection import Rows
from projections.retractions import record, retraction_table, struck_of

_decoder = msgspec.json.Decoder(ClaimState)


class Remembered(Struct, frozen=True):
    """The state of one claim, found by the claim or by its person; the column keeps the name that it is stored under."""

    claim: str
    person: str
    standing: ClaimState


class Memory:
    """Two tables of one projection, and how a batch changes the standings in them."""

    def __init__(self, projection: str) -> None:
        """Name the tables after ``projection``."""
        self._standings = table(f"{projection}_standing", Remembered, key=("claim",), index=("person",))
        self._retractions = retraction_table(projection)
        self.tables = (self._standings, self._retractions)

    def changed(self, rows: Rows, batch: EventBatch) -> list[tuple[ClaimState, Struck]]:
        """Take the batch's steps; return each claim that they or a retraction concern, with what is struck."""
        if not batch.steps and not batch.retractions:
            return []
        found = list(rows.find(self._standings, "claim", {step.claim for step in batch.steps}))
        found += rows.find(self._standings, "person", {step.person for step in batch.retractions})
        claim_states = {str(row[0]): _decoder.decode(str(row[2])) for row in found}
        for step in batch.steps:
            claim_state = claim_states.get(step.claim)
            if claim_state is None:
                claim_state = claim_states[step.claim] = ClaimState(step.claim)
            take(claim_state, step)
        rows.put(
            self._standings,
            [Remembered(claim=s.claim, person=s.person, standing=s) for s in claim_states.values()],
        )
        record(rows, self._retractions, batch)
        struck = struck_of(rows, self._retractions, {s.person for s in claim_states.values()})
        return [
            (claim_state, struck.get(claim_state.person, NOTHING_STRUCK))
            for claim_state in claim_states.values()
        ]
