"""Amounts in words, as they are written on letters in either language."""

from __future__ import annotations

import pytest

from events.message import Language
from services.wording.numerals import in_words


@pytest.mark.parametrize(
    ("number", "id", "en"),
    [
        (0, "nol", "zero"),
        (1, "satu", "one"),
        (10, "sepuluh", "ten"),
        (11, "sebelas", "eleven"),
        (19, "sembilan belas", "nineteen"),
        (21, "dua puluh satu", "twenty-one"),
        (100, "seratus", "one hundred"),
        (115, "seratus lima belas", "one hundred fifteen"),
        (1_000, "seribu", "one thousand"),
        (1_001, "seribu satu", "one thousand one"),
        (11_000, "sebelas ribu", "eleven thousand"),
        (101_000, "seratus satu ribu", "one hundred one thousand"),
        (1_000_000, "satu juta", "one million"),
        (1_100_000, "satu juta seratus ribu", "one million one hundred thousand"),
        (42_000_000, "empat puluh dua juta", "forty-two million"),
        (174_000_000, "seratus tujuh puluh empat juta", "one hundred seventy-four million"),
        (1_001_000_000, "satu miliar satu juta", "one billion one million"),
        (10**15, "satu kuadriliun", "one quadrillion"),
    ],
)
def test_a_number_in_words(number: int, id: str, en: str):
    """What is one of its kind is ``se`` in Indonesian, but a million is ``satu juta``."""
    assert in_words(number, "id") == id
    assert in_words(number, "en") == en


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_two_numbers_have_the_same_words(language: Language):
    """Every number below ten thousand, and the same in thousands, reads otherwise."""
    numbers = [*range(10_000), *range(10_000, 10_000_000, 1_000)]
    assert len({in_words(number, language) for number in numbers}) == len(numbers)
    for number in (-1, 10**18):
        with pytest.raises(ValueError, match="number"):
            in_words(number, language)
