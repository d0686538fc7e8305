"""The page about another scheme: its commands run as they stand there, and it names every key and family there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from services.benefits.families.benefit import Benefit
from services.benefits.law import CoverageRule, Currency
from services.benefits.scheme import AnyBenefit, FilingLimit, Programme, Scheme

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "new-scheme.md").read_text()
COMMANDS = re.findall(r"(?m)^\$ (.*)$", PAGE)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each command of the page prints, one after the other in one directory, as its reader would run them."""
    place = tmp_path_factory.mktemp("reader")
    (place / "services").symlink_to(ROOT / "services")
    wrapper = place / "kelambu"
    wrapper.write_text(f'#!/bin/sh\nexec {Path(sys.executable).parent / "kelambu"} "$@"\n')
    wrapper.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("KELAMBU_", "REDIS_"))}
    outputs = []
    for command in COMMANDS:
        ran = subprocess.run(
            ["/bin/sh", "-c", command], cwd=place, env=env, capture_output=True, text=True, check=False
        )
        assert ran.returncode in (0, 1), ran.stderr
        outputs.append(ran.stdout)
    return outputs


def test_the_commands_of_the_page_do_what_it_says(said: list[str]):
    """Copied, replayed, explained, changed and asked what would come of it, and looked at as an installation's own."""
    _, replayed, explained, _, asked, looked = said
    assert "₹5,00,000" in replayed
    assert "Loss of eyes, hands or feet: ₹2,00,000" in explained
    assert "pmsby.sum-insured" in asked
    assert "+₹1,00,000" in asked
    assert re.search(r"pmsby [0-9a-f]", looked)


def test_the_page_names_every_family_and_every_key():
    """What can be written is explained, and nothing else is."""
    structs = (Scheme, Currency, CoverageRule, Programme, FilingLimit, *get_args(AnyBenefit))
    families = {str(one.__struct_config__.tag) for one in get_args(AnyBenefit)}
    assert [family for family in sorted(families) if f"| `{family}` |" not in PAGE] == []
    assert set(re.findall(r"(?m)^\| `([a-z-]+)` \| [^`]*\| ", PAGE.split("| family |")[1])) <= families
    own = {key for one in structs for key in one.__struct_fields__} - {
        "sign",
        "separator",
        "decimal",
        "years",
    }
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]*)`", PAGE))))
    assert sorted(own - named - set(Benefit.__struct_fields__) - {"programme", "benefit"}) == []
