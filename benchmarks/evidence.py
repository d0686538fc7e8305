"""How long a stranger's check takes: a log of 1,000,000 entries against its checkpoint, and the bundle of one claim.

    uv run python -m benchmarks.evidence [ENTRIES]

The log is built from the public formats in a temporary directory: entries of 1,000 bytes over eight partitions and the
trail. Each figure is of a fresh Python that runs the verifier as an auditor does, the best and the middle of five.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from services.claim_file.archive import zipped
from services.evidence import verifier
from services.evidence.bundle import bundle, entries_of
from services.notary.log import Log
from services.notary.proofs import sealed
from tests.built_logs import LOG_KEY, WITNESS, BuiltLog, leaf
from tests.claim_files import claim_file_of
from tests.lives import Life, heir

RUNS = 5
BODY = b'{"filler":"%s"}' % (b"x" * 985)


def log_of(count: int, directory: Path) -> Path:
    """A log of so many entries of 1,000 bytes."""
    streams = [*(f"ledger/{partition}" for partition in range(8)), "trail"]
    leaves = [leaf(streams[at % 9], at // 9 + 1, BODY) for at in range(count)]
    return BuiltLog(leaves).written(directory, [LOG_KEY, WITNESS])


def bundle_of(directory: Path) -> Path:
    """The bundle of a death that is paid to a widow and a child, among the entries of other claims."""
    told = Life().insured().filed("P-1").died(claim="P-1")
    file = claim_file_of(told.heirs(heir("a"), heir("b", "child", "2"), claim="P-1"), "P-1")
    log = Log(
        BuiltLog([one.encoded() for one in entries_of(file)]).written(directory / "log", [LOG_KEY, WITNESS])
    )
    made = bundle(log, file, sealed(log, entries_of(file)), LOG_KEY.text)
    place = directory / "bundle.zip"
    place.write_bytes(zipped(made))
    return place


def timed(*words: str) -> tuple[list[float], float]:
    """Seconds of each run of the verifier, and of processor time of all of them."""
    command = [sys.executable, verifier.__file__, *words, "--key", LOG_KEY.text, "--witness", WITNESS.text]
    taken, before = [], processor_time()
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return taken, processor_time() - before


def processor_time() -> float:
    """Seconds that the processes begun by this one have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        log = log_of(count, place / "log-of-all")
        for what, words in (
            (f"log of {count:,} entries", ("log", str(log))),
            ("bundle", ("bundle", str(bundle_of(place)))),
        ):
            taken, used = timed(*words)
            print(
                f"{what}: best {min(taken):.2f} s, middle {statistics.median(taken):.2f} s of {RUNS}; {used / RUNS:.2f} s of processor time"
            )


if __name__ == "__main__":
    main()
