"""What the letter about a claim says, by its file: the one line that is signed."""

from __future__ import annotations

from typing import cast

from events.values import civil_date
from services.claim_file.contents import ClaimFile
from services.claim_file.result import ClaimResult
from services.letters.statement import LetterStatement, Says


def statement_of(file: ClaimFile, result: ClaimResult, origin: str) -> LetterStatement:
    """Return what the letter says that follows from this file, by whoever signs under this name."""
    last = file.decoded()[-1]
    return LetterStatement(
        claim=file.claim,
        says=says(result),
        amount=amount_said(result),
        on=file.day or civil_date(last.recordedtime or last.time),
        partition=file.partition,
        position=last.position or 0,
        origin=origin,
    )


def says(result: ClaimResult) -> Says:
    """Return what the letter is about: the status, unless too much was paid or nothing is due."""
    if result.sums.overpaid:
        return "overpaid"
    if result.status == "ordered" and not result.sums.entitled and not result.sums.ordered:
        return "nothing-due"
    return cast("Says", result.status)


def amount_said(result: ClaimResult) -> int:
    """Return the sum that the letter names; 0 where it names none."""
    match says(result):
        case "overpaid":
            return result.sums.overpaid
        case "ordered" | "paid":
            return result.sums.entitled
        case _:
            return 0
