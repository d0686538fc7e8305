"""``uv run python -m benchmarks.paired TREE``: the figures of this tree and of another checkout, in one run.

These benchmarks measure the code of both by turns, so that whatever else the machine does is in the figures of both;
the median of each figure counts, and the ratio is what to believe.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from benchmarks.__main__ import GROUPS
from benchmarks.report import Report, read, show_ratios

HERE = Path(__file__).parents[1]
PARTICIPANTS, CLAIMS = 15_000, 150
"""A regency small enough to be measured often."""
ROOMS = ("events", "projections", "services")


def main() -> int:
    """Measure both trees by turns and print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paired", description=__doc__)
    parser.add_argument("tree", type=Path, help="a checkout of another version")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=["replay", "stations"])
    parser.add_argument("--participants", type=int, default=PARTICIPANTS)
    parser.add_argument("--claims", type=int, default=CLAIMS)
    asked = parser.parse_args()
    size = "--participants", str(asked.participants), "--claims", str(asked.claims)
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        trees = [_tree(Path(folder) / name, tree) for name, tree in (("then", asked.tree), ("now", HERE))]
        runs: list[list[Report]] = [[], []]
        for number in range(asked.rounds):
            for tree, runs_of_tree in zip(trees, runs, strict=True):
                runs_of_tree.append(_measured(tree, ["--only", *asked.only, *size], tree / f"{number}.json"))
    then, now = map(_middle, runs)
    show_ratios(then, now)
    return 0


def _tree(place: Path, tree: Path) -> Path:
    """Put the code of a checkout beside these benchmarks."""
    place.mkdir()
    for room in ROOMS:
        (place / room).symlink_to(tree.resolve() / room)
    (place / "benchmarks").symlink_to(HERE / "benchmarks")
    return place


def _measured(tree: Path, what: Sequence[str], out: Path) -> Report:
    """Run the benchmarks in a process of its own, with this environment's libraries."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks", *what, "--out", str(out)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
        check=False,  # a goal that is missed is no failure here
    )
    return read(out)


def _middle(runs: list[Report]) -> Report:
    """Return the last run with the median of each figure of all."""
    figures = [
        replace(figure, value=median(run.figures[n].value for run in runs))
        for n, figure in enumerate(runs[-1].figures)
    ]
    return replace(runs[-1], figures=figures)


if __name__ == "__main__":
    sys.exit(main())
