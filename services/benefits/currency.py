"""How a scheme writes money and numbers: ``Rp42.000.000`` and ``4,5`` in Indonesia, ``₹2,00,000`` and ``4.5`` in India."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class Currency(Struct, frozen=True, forbid_unknown_fields=True):
    """``groups`` counts the digits between two ``separator`` from the right; the last count is repeated."""

    sign: str
    separator: str
    decimal: str
    groups: tuple[int, ...] = (3,)

    def write(self, amount: int) -> str:
        """Write a whole amount with its sign; below nothing ``-Rp500``."""
        return f"{'-' if amount < 0 else ''}{self.sign}{self.number(abs(amount))}"

    def number(self, count: int) -> str:
        """Write a whole number, not negative, in groups."""
        if self.groups == (3,):
            return f"{count:,}".replace(",", self.separator)
        digits, parts = str(count), []
        sizes = iter(self.groups)
        size = self.groups[-1]
        while digits:
            size = next(sizes, size)
            parts.append(digits[-size:])
            digits = digits[:-size]
        return self.separator.join(reversed(parts))

    def plain(self, value: Decimal) -> str:
        """Write an exact decimal without trailing zeros."""
        return f"{value.normalize():f}".replace(".", self.decimal)
