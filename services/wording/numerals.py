"""Whole numbers in words, as letters and receipts write amounts: ``empat puluh dua juta``, ``forty-two million``."""

from __future__ import annotations

from events.message import Language

_INDONESIAN = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_ENGLISH = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_THOUSANDS: dict[Language, tuple[str, ...]] = {
    "id": ("", "ribu", "juta", "miliar", "triliun", "kuadriliun"),
    "en": ("", "thousand", "million", "billion", "trillion", "quadrillion"),
}
_NOTHING: dict[Language, str] = {"id": "nol", "en": "zero"}


def in_words(number: int, language: Language) -> str:
    """Return a number from 0 to below 10¹⁸ in words; raises ``ValueError`` for another."""
    if not 0 <= number < 10**18:
        raise ValueError("a number of words is from 0 to below a quintillion")
    parts: list[str] = []
    for name in _THOUSANDS[language]:
        number, group = divmod(number, 1000)
        if not group:
            continue
        if (language, name, group) == ("id", "ribu", 1):
            parts.insert(0, "seribu")
        else:
            words = _indonesian(group) if language == "id" else _english(group)
            parts.insert(0, f"{words} {name}".strip())
    return " ".join(parts) or _NOTHING[language]


def _indonesian(number: int) -> str:
    """Return a number from 1 to 999; what is one of its kind begins with ``se``."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    parts = []
    if hundreds:
        parts.append("seratus" if hundreds == 1 else f"{_INDONESIAN[hundreds]} ratus")
    match tens, ones:
        case 1, 0:
            parts.append("sepuluh")
        case 1, 1:
            parts.append("sebelas")
        case 1, _:
            parts.append(f"{_INDONESIAN[ones]} belas")
        case _:
            parts += [f"{_INDONESIAN[tens]} puluh"] if tens else []
            parts += [_INDONESIAN[ones]] if ones else []
    return " ".join(parts)


def _english(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_ENGLISH[hundreds]} hundred"] if hundreds else []
    if rest >= len(_ENGLISH):
        tens, ones = divmod(rest, 10)
        parts.append(f"{_TENS[tens]}-{_ENGLISH[ones]}" if ones else _TENS[tens])
    elif rest:
        parts.append(_ENGLISH[rest])
    return " ".join(parts)
