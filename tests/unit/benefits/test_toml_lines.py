"""Where in a file a value stands."""

from __future__ import annotations

import pytest

from services.benefits.reading.law_file import line_of

TEXT = """\
# a comment = nothing
regulation = "R"

[title]
id = "[x] = 1"

[[article]]
article = "1"

[article.figures]
"a.b" = { value = 1, id = "x" }

[article.figures."c.d"]
value = [
  ["p", "q"],
  ["r"]
]
id = "y"

[[article]]
article = "2"
[article.reasons]
e = {}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("regulation",), 2),
        (("nowhere",), 1),
        (("title", "id"), 5),
        (("title", "en"), 4),
        (("article", 0), 7),
        (("article", 0, "article"), 8),
        (("article", 0, "figures", "a.b"), 11),
        (("article", 0, "figures", "a.b", "value"), 11),
        (("article", 0, "figures", "c.d"), 13),
        (("article", 0, "figures", "c.d", "value", 1), 14),
        (("article", 0, "figures", "c.d", "id"), 18),
        (("article", 1), 20),
        (("article", 1, "reasons", "e"), 23),
        (("article", 1, "figures", "a.b"), 20),
    ],
)
def test_a_value_is_found_where_it_is_declared_or_at_the_table_around_it(path, line: int):
    """Strings, arrays over several lines and comments declare nothing."""
    assert line_of(TEXT, path) == line
