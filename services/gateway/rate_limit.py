"""Rates: a token bucket for each agency, and how much of an agency's may be in hand at a time.

Each process has its share: the rate and the burst of the settings, divided by the number of processes. So all of
them together never take more from an agency than its rate, without asking each other; an agency that uses one
connection only has at least one share.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.gateway.problems import too_many
from services.gateway.request_documents import MOST_EVENTS

MOST_IN_HAND = 512
"""Requests of one agency that one process has in hand."""
MOST_BYTES_IN_HAND = 32 * 1024 * 1024
"""Their bodies together, also those that are still coming."""


class _Bucket:
    __slots__ = ("at", "bytes", "requests", "tokens")

    def __init__(self, tokens: float, at: float) -> None:
        self.tokens, self.at = tokens, at
        self.requests = self.bytes = 0


class Rates:
    """The buckets of one process. An event costs one token; any other request costs one as well."""

    def __init__(
        self, rate: int, burst: int, processes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Share ``rate`` (tokens a second) and ``burst`` (tokens) of an agency among so many processes."""
        self.rate = rate / processes
        self.burst = max(burst // processes, MOST_EVENTS)
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._policy = b'"agency";q=%d;w=%d' % (self.burst, max(1, math.ceil(self.burst / self.rate)))

    def take(self, agency: str, tokens: int) -> None:
        """Take tokens of an agency.

        Raises:
            Problem: there are not so many; it says when there will be.
        """
        bucket = self._filled(agency)
        if bucket.tokens < tokens:
            seconds = max(1, math.ceil((tokens - bucket.tokens) / self.rate))
            raise too_many(seconds, [(b"ratelimit-policy", self._policy), (b"ratelimit", self.left(agency))])
        bucket.tokens -= tokens

    def left(self, agency: str) -> bytes:
        """Return what ``RateLimit`` says of an agency: tokens left, and seconds until the bucket is full."""
        bucket = self._filled(agency)
        return b'"agency";r=%d;t=%d' % (bucket.tokens, math.ceil((self.burst - bucket.tokens) / self.rate))

    @contextmanager
    def in_hand(self, agency: str, size: int) -> Iterator[None]:
        """Hold a request of an agency in hand, with a body of so many bytes.

        Raises:
            Problem: too many of it are.
        """
        bucket = self._filled(agency)
        if bucket.requests >= MOST_IN_HAND or bucket.bytes + size > MOST_BYTES_IN_HAND:
            raise too_many(1, ())
        bucket.requests += 1
        bucket.bytes += size
        try:
            yield
        finally:
            bucket.requests -= 1
            bucket.bytes -= size

    def _filled(self, agency: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(agency)
        if bucket is None:
            bucket = self._buckets[agency] = _Bucket(self.burst, now)
        bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.at) * self.rate)
        bucket.at = now
        return bucket
