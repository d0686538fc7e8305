"""``uv run python -m benchmarks.paired TREE``: what an event costs in this tree and in another, in one run.

Both replay the same documents by turns, each in a process of its own, so that whatever else the machine does is in
the figures of both; the least processor time of each counts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
PARTICIPANTS, CLAIMS, HEAVY = 3_000, 30, 300
"""A regency small enough to be replayed often; its claims in a plausible year, and ten times as many."""
COST = """
import sys, time
from services.adjudication.replay import replay
from services.benefits.rulebook import load
from services.platform.garbage_collection import collect_seldom
from services.simulation import agency_events

collect_seldom()
rulebook = load()
sent = [message.body for message in agency_events(7, int(sys.argv[1]), int(sys.argv[2]))]
least = float("inf")
for _ in range(3):
    began = time.process_time()
    replay(sent, rulebook)
    least = min(least, time.process_time() - began)
print(least / len(sent) * 1e6)
"""


def main() -> int:
    """Measure both trees by turns and print the microseconds of processor time that an event costs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paired", description=__doc__)
    parser.add_argument("tree", type=Path, help="a checkout of another version")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    for claims in (CLAIMS, HEAVY):
        costs: dict[Path, list[float]] = {asked.tree.resolve(): [], HERE: []}
        for _ in range(asked.rounds):
            for tree, known in costs.items():
                known.append(cost(tree, claims))
        before, now = (min(known) for known in costs.values())
        print(
            f"{PARTICIPANTS:,} participants, {claims} claims: {before:.0f} µs an event there, "
            f"{now:.0f} here ({now / before:.2f} times)"
        )
    return 0


def cost(tree: Path, claims: int) -> float:
    """Return the microseconds of processor time that an event costs in a tree, with this environment's libraries."""
    ran = subprocess.run(
        [sys.executable, "-c", COST, str(PARTICIPANTS), str(claims)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stdout)


if __name__ == "__main__":
    sys.exit(main())
