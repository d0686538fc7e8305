"""What is opened about a person is told in words."""

from __future__ import annotations

import re

import pytest

from events.redaction import PERSONAL
from services.texts.catalogue import texts
from services.wording.personal import personal_field, personal_value
from services.wording.terms import LanguageTexts


def test_every_part_of_an_event_that_is_personal_has_a_word():
    """And there is no word for any other."""
    paths = {path for fields in PERSONAL.values() for path, _ in fields}
    steps = {step for path in paths for step in re.findall(r"[a-z_]+", path)}
    named = {key.partition(".")[2] for key in texts() if key.startswith("personal-field.")}
    assert steps - {"findings"} == named


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("nik", "NIK"),
        ("claimant.name", "pengaju: nama"),
        ("findings.heirs[0].account", "ahli waris 1: rekening"),
        ("findings.medical.items[1].payee.name", "perawatan, butir 2, penerima: nama"),
    ],
)
def test_where_a_value_stood_is_told(path: str, told: str):
    """By the parts around it, counted from one."""
    assert personal_field(path, LanguageTexts("id")) == told


def test_an_account_is_told_by_bank_number_and_holder():
    """What is no account stays as it is written, braces too."""
    words = LanguageTexts("id")
    account = '{"bank":"Bank Sumsel","number":"15800-00001","holder":"Siti"}'
    assert personal_value(account, words) == "Bank Sumsel 15800-00001, atas nama Siti"
    assert personal_value("{Siti}", words) == "{Siti}"
    assert personal_value("Siti", words) == "Siti"
