"""The summary says every figure that was counted, in both languages."""

import io
from typing import NamedTuple

from rich.console import Console

from projections.sums import reconcile
from services.cli.demo.summary import Messages, StatusTotals, Summary, show
from services.wording.terms import LanguageTexts


class Due(NamedTuple):
    claim: str
    benefits: dict[str, int]
    overpaid: int
    paid_by_bank: int


class Ordered(NamedTuple):
    claim: str
    amount: int
    benefits: dict[str, int]
    stands: int
    state: str
    paid: int


SUMMARY = Summary(
    deciles={"1": 138, "2": 268, "3": 94},
    statuses={
        "paid": StatusTotals(33, 1_096_178_333, 1_096_178_333),
        "referred": StatusTotals(2, 42_000_000, 0),
    },
    missing={"document:kk": 4},
    referred={"objected": 2},
    denied={"not-work-related": 5},
    sums=reconcile(
        [
            Due("C-1", {"jkm.death": 1_096_178_333}, 0, 1_106_178_333),
            Due("C-2", {"jkm.death": 35_000_000}, 7_000_000, 0),
        ],
        [
            Ordered("C-1", 1_096_178_333, {"jkm.death": 1_096_178_333}, 1, "paid", 1_096_178_333),
            Ordered("C-2", 42_000_000, {"jkm.death": 42_000_000}, 1, "ordered", 0),
        ],
    ),
    mismatches=3,
    messages=Messages(24, 1_835, 1_822, 8, {"invalid": 4}, 1),
    events=2_160,
    differences=(),
    examples={"paid": "C-1"},
    seconds=61.4,
)


def printed(summary: Summary, language) -> str:
    out = io.StringIO()
    show(summary, LanguageTexts(language), Console(file=out, width=120))
    return out.getvalue()


def test_every_figure_is_said():
    """Participants, claims, rupiah, what waits and what was refused stand in the text of both languages."""
    figures = (
        "500",
        "138",
        "35",
        "Rp1.138.178.333",
        "Rp1.096.178.333",
        "Rp42.000.000",
        "Rp7.000.000",
        "Rp10.000.000",
        "1.835",
        "1.822",
        "2.160",
        "61",
    )
    for language in ("id", "en"):
        text = printed(SUMMARY, language)
        assert [figure for figure in figures if figure not in text] == []


def test_a_difference_is_said_instead_of_the_assurance():
    """When verification found something, the summary says what, and no longer that all is well."""
    from msgspec.structs import replace

    text = printed(replace(SUMMARY, differences=("partition 3, position 7, ledger: gap",)), "en")
    assert "partition 3, position 7" in text
    assert "every calculation repeated" not in text
