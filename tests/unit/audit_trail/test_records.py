"""Every kind of record can be filtered by, and is said in both languages."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from services.audit_trail.records import KINDS, AccountChanged, Record
from services.cli.commands.trail import Kind
from services.wording.terms import LanguageTexts
from services.wording.trail import what_was_done
from tests.unit.audit_trail.examples import EXAMPLES


def test_every_kind_can_be_asked_for():
    """The command's choices are the kinds that there are."""
    assert set(get_args(Kind)) == set(KINDS.values()) == {KINDS[type(one)] for one in EXAMPLES}


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda one: KINDS[type(one)])
def test_every_kind_is_said(record: Record):
    """No code stands in what is said, and it comes back from JSON as it was."""
    told = [what_was_done(record, LanguageTexts(language)) for language in ("id", "en")]
    assert told[0] != told[1]
    assert not [line for line in told if "{" in line or "not-started" in line or "false-alarm" in line]
    assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record


def test_an_account_whose_roles_were_replaced_is_told_with_both():
    """From which, of which agency, to which.

    A record that does not say the old ones is read, said and written as before.
    """
    old = b'{"type":"account-changed","account":"rina","change":"roles","roles":["auditor"],"agency":""}'
    record = msgspec.json.decode(old, type=Record)
    assert msgspec.json.encode(record) == old
    assert what_was_done(record, LanguageTexts("en")) == "changed the roles of account rina"
    replaced = AccountChanged(
        account="rina",
        change="roles",
        roles=("auditor", "supervisor"),
        roles_before=("officer",),
        agency_before="bpjs",
    )
    assert what_was_done(replaced, LanguageTexts("en")) == (
        "changed the roles of account rina, from officer (bpjs) to auditor, supervisor"
    )
    assert what_was_done(replaced, LanguageTexts("id")) == (
        "mengubah peran akun rina, dari petugas (bpjs) menjadi auditor, penyelia"
    )
