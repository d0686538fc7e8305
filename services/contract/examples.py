"""Examples: one of each event that agencies send, which in this order tell the story of one claim, and what Kelambu answers.

Everybody in it is made up. No NIK that begins with 99 belongs to anybody, since no province has that number.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TypeAlias

import msgspec

Example: TypeAlias = dict[str, object]

_ALL = msgspec.json.decode(files(__package__).joinpath("story.json").read_bytes(), type=list[Example])

STORY: dict[str, Example] = {str(example["type"]): example for example in _ALL}
"""By the type's full name, in the order of the story."""
ANSWERS = msgspec.json.decode(
    files(__package__).joinpath("answers.json").read_bytes(), type=dict[str, Example | list[Example]]
)
"""One sample of each kind of answer, by the name of its schema."""
