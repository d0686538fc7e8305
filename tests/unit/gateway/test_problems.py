"""Problems: places, languages, and that the page for agencies tells every one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.gateway.problems import STATUS, Problem, language_of, pointer, takes_json, unidentified
from services.identity import authentication
from services.identity.authentication import Unidentified
from services.texts.catalogue import text, texts

PAGE = (Path(__file__).parents[3] / "docs" / "http.md").read_text()


def test_every_problem_is_on_the_page_with_its_status():
    """The table of ``docs/http.md`` has the kinds that there are, and no other."""
    listed = dict(re.findall(r"^\| `/problems/([a-z-]+)` \| (\d+) \|", PAGE, re.MULTILINE))
    assert listed == {name: str(status) for name, status in STATUS.items()}


def test_every_code_of_identity_has_its_text():
    """And stands on the page; what is malformed is said of each header by itself."""
    codes = set(authentication.Code.__args__)  # type: ignore[attr-defined]
    assert [code for code in codes - {"malformed"} if f"unidentified.{code}" not in texts()] == []
    assert [code for code in codes if f"`{code}`" not in PAGE] == []
    members = unidentified(Unidentified("malformed", "headers", names="webhook-id"), "id").content("id")
    assert (members["code"], members["detail"]) == (
        "malformed",
        "Permintaan yang ditandatangani memuat juga webhook-id.",
    )


def test_a_path_becomes_a_json_pointer():
    """The document itself is the empty pointer."""
    assert pointer("$.data.children[1].name") == "/data/children/1/name"
    assert pointer("$.data.?") == "/data/?"
    assert pointer("$") == ""


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("id", "id"),
        ("id-ID,id;q=0.9,en;q=0.8", "id"),
        ("en, id;q=0.5", "en"),
        ("jv;q=1, de", "en"),
        ("*", "en"),
    ],
)
def test_the_language_is_indonesian_where_it_is_liked_more(accepted: str, language: str):
    """Anything else is English."""
    assert language_of(accepted) == language
    title = Problem("not-found").content(language_of(accepted))["title"]
    assert (
        title
        == {"en": text("problem.not-found.title").en, "id": text("problem.not-found.title").id}[language]
    )


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("", True),
        ("*/*", True),
        ("text/html, application/*;q=0.1", True),
        ("application/problem+json", True),
        ("text/html", False),
        ("application/json;q=0", False),
    ],
)
def test_only_who_takes_json_is_answered(accepted: str, taken: bool):
    """Also by range and by weight."""
    assert takes_json(accepted) is taken
