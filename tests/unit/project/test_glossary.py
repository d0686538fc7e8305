"""The glossary: in the order of the alphabet, each word once, and the words of the code are where it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "glossary.md").read_text()


def rows(title: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    text = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.mark.parametrize(
    "title", ["The law and the people", "Event sourcing, messages and money", "Words of the code"]
)
def test_words_stand_in_the_order_of_the_alphabet_and_each_once(title: str):
    """So a word is found, and told in one place."""
    words = [row[0].lower() for row in rows(title)]
    assert words == sorted(set(words))


@pytest.mark.parametrize("row", rows("Words of the code"), ids=lambda row: row[0])
def test_a_word_of_the_code_is_where_the_glossary_says(row: list[str]):
    """In the name of the file, or in what it says."""
    word, places, _ = row
    for place in re.findall(r"`([^`]+)`", places):
        text = place + (ROOT / place).read_text()
        assert re.search(word.replace(" ", "[ _-]"), text, re.IGNORECASE), place
