"""Codes that no event type fixes: the programmes and causes of the scheme by which an installation decides."""

from __future__ import annotations

from msgspec import Struct


class Codes(Struct, frozen=True):
    """The programmes and causes that a document may name."""

    programmes: tuple[str, ...]
    causes: tuple[str, ...]

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the codes of a kind: the ``code`` in the extras of ``events.values.Programme`` and ``Cause``."""
        return self.causes if kind == "cause" else self.programmes

    def lacking(self, others: Codes) -> list[str]:
        """Return which codes of others are not among these, sorted."""
        own = {*self.programmes, *self.causes}
        return sorted({*others.programmes, *others.causes} - own)
