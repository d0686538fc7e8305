"""A process pool: work shared among processes, for what takes minutes in one."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeAlias, TypeVar

from services.platform.child_processes import end_with_parent

Task = TypeVar("Task")
Done = TypeVar("Done")

Tell: TypeAlias = Callable[[int, int], None]
"""Told how many parts are done, and how many there are."""


def process_pool(workers: int) -> ProcessPoolExecutor:
    """Return a pool of processes, which end with this one."""
    spawned = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        workers, mp_context=spawned, initializer=end_with_parent, initargs=(os.getpid(),)
    )


def run_parallel(
    work: Callable[[Task], Done], tasks: Sequence[Task], *, processes: int = 0, tell: Tell | None = None
) -> list[Done]:
    """Return what ``work`` makes of each task, in the order of the tasks.

    ``processes`` 0: one for each processor. Work, tasks and results are pickled where there is more than one.
    """
    workers = min(processes or os.cpu_count() or 1, len(tasks))
    report = tell or (lambda _, __: None)
    if workers <= 1:
        results = []
        for task in tasks:
            results.append(work(task))
            report(len(results), len(tasks))
        return results
    with process_pool(workers) as pool:
        futures = [pool.submit(work, task) for task in tasks]
        for count, future in enumerate(as_completed(futures), 1):
            future.result()
            report(count, len(tasks))
        return [future.result() for future in futures]
