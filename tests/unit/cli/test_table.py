"""No table cuts an amount, a number or an identifier, however narrow the terminal: it stacks or parts its columns."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from services.cli.render.table import Grid, wrapped

WORDS = st.sampled_from(
    ["klaim", "diperintahkan", "MUBA-2025-00055.2", "bpjs-ketenagakerjaan", "Rp12.000.000"]
)
SENTENCES = st.lists(WORDS, max_size=12).map(" ".join)
CELLS = st.sampled_from(["Rp1.234.567.890", "MUBA-2025-00055.1", "21-11-2026 10.05 WIB", "", "7", "99,9 %"])


@st.composite
def grids(draw):
    """Tables of figures and sentences, as wide as may be."""
    columns = draw(st.lists(st.lists(WORDS, max_size=2).map(" ".join), min_size=1, max_size=9))
    prose = draw(st.sets(st.integers(0, len(columns) - 1)))
    right = draw(st.sets(st.integers(0, len(columns) - 1))) - prose
    cell = [SENTENCES if n in prose else CELLS for n in range(len(columns))]
    rows = draw(st.lists(st.tuples(*cell), max_size=4))
    return columns, rows, frozenset(right), frozenset(prose)


@given(grids(), st.integers(30, 130))
def test_every_cell_stands_whole(grid, width):
    """Each amount, moment and identifier is in the text without a break, and no line is wider than the terminal."""
    columns, rows, right, prose = grid
    out = io.StringIO()
    Console(file=out, width=width, soft_wrap=True).print(Grid("", columns, rows, right=right, prose=prose))
    text = out.getvalue()
    for row in rows:
        for n, cell in enumerate(row):
            for part in cell.split() if n in prose else [cell]:
                assert part in text
    widest = max((len(line) for line in text.splitlines()), default=0)
    assert widest <= max(width, 70)


def test_a_moment_and_a_share_are_never_parted():
    """WIB stays with its clock and a per cent sign with its figure, wherever the line ends."""
    for width in range(8, 60):
        said = "\n".join(wrapped("dibayar 21-11-2026 10.05 WIB, yaitu 99,9 % dari Rp12.000.000", width))
        assert "21-11-2026 10.05 WIB" in said
        assert "99,9 %" in said


def test_columns_that_do_not_fit_are_parted_or_stacked():
    """Figures go into several tables, each with the first column; with sentences among them each row is a block."""
    figures = ["MUBA-2025-00001", *["Rp1.000.000.000"] * 5]
    out = io.StringIO()
    Console(file=out, width=70, soft_wrap=True).print(
        Grid("", list("abcdef"), [figures], right=frozenset(range(1, 6)))
    )
    assert out.getvalue().count("MUBA-2025-00001") == 2
    out = io.StringIO()
    row = ["MUBA-2025-00001", "Rp1.000.000.000", "menunggu keterangan sebab kejadian", "Rp1.000.000.000"]
    Console(file=out, width=60, soft_wrap=True).print(Grid("", list("abcd"), [row], prose=frozenset({2})))
    assert out.getvalue().splitlines()[0] == "MUBA-2025-00001"


def test_a_whole_table_keeps_a_column_of_nothing():
    """Where somebody asked for it."""

    def headings(*, whole: bool) -> str:
        out = io.StringIO()
        Console(file=out, width=60).print(Grid("", ["a", "b", "c"], [["1", "", "2"]], whole=whole))
        return out.getvalue().split("\n")[0].strip()

    assert headings(whole=True).split() == ["a", "b", "c"]
    assert headings(whole=False).split() == ["a", "c"]
