"""Who is who among the heirs of a claim: by NIK, by account and relation, by label, each once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events.findings import Heir
from events.personal import Account
from events.values import HeirRelation
from services.benefits.persons import Labels


def heir(
    label: str, *, nik: str = "", account: str = "1", relation: HeirRelation = "spouse", holder: str = "Siti"
) -> Heir:
    stated = Heir(heir=label, name="Siti", relation=relation, account=Account("Bank", account, holder))
    return replace(stated, nik=nik) if nik else stated


def labels(*lists: list[Heir]) -> list[list[str]]:
    """The labels under which each heir of each list is paid."""
    known = Labels()
    return [[one.heir for one in known.recognise(stated)] for stated in lists]


@pytest.mark.parametrize(
    ("lists", "paid"),
    [
        pytest.param(
            [[heir("istri", nik="1")], [heir("h1", nik="1", account="2", relation="child")]],
            [["istri"], ["istri"]],
            id="one NIK is one person, whatever else is said",
        ),
        pytest.param(
            [[heir("istri", nik="1")], [heir("h1")], [heir("x", nik="1", account="3")]],
            [["istri"], ["istri"], ["istri"]],
            id="a NIK once stated stays known where a list leaves it out",
        ),
        pytest.param(
            [[heir("istri")], [heir("h1", nik="1")], [heir("x", nik="1", account="3")]],
            [["istri"], ["istri"], ["istri"]],
            id="a NIK stated later counts from then on",
        ),
        pytest.param(
            [[heir("istri")], [heir("h1", holder="S. Contoh")]],
            [["istri"], ["istri"]],
            id="one number at one bank and one relation, whoever is named as holder",
        ),
        pytest.param(
            [[heir("a")], [heir("a", account="2")], [heir("x")], [heir("y", account="2")]],
            [["a"], ["a"], ["x"], ["a"]],
            id="the account as last stated counts",
        ),
        pytest.param(
            [[heir("Istri")], [heir("ISTRI", account="2", relation="child")]],
            [["Istri"], ["Istri"]],
            id="labels are compared without case and kept as written first",
        ),
        pytest.param(
            [[heir("a")], [heir("b", relation="child")]],
            [["a"], ["b"]],
            id="an account shared by another relation is another person",
        ),
        pytest.param(
            [
                [heir("a", relation="child"), heir("b", relation="child")],
                [heir("b", relation="child"), heir("a", relation="child")],
                [heir("x", relation="child"), heir("b", relation="child")],
            ],
            [["a", "b"], ["b", "a"], ["a", "b"]],
            id="two who share account and relation: first by label, each once",
        ),
        pytest.param(
            [[heir("a", nik="1")], [heir("a", nik="2", account="2")], [heir("a", account="3")]],
            [["a"], ["a-2"], ["a-2"]],
            id="another person under a taken label gets a number, and later bears the label",
        ),
        pytest.param(
            [[heir("a", nik="1"), heir("a-2", account="9")], [heir("A", nik="2", account="2")]],
            [["a", "a-2"], ["A-3"]],
            id="the number is a free one",
        ),
        pytest.param(
            [[heir("a", nik="1")], [heir("a", nik="2")], [heir("z", nik="2", account="2")]],
            [["a"], ["a"], ["a"]],
            id="a slip in the NIK: label, account and relation are the same",
        ),
        pytest.param(
            [[heir("a", nik="1", relation="child")], [heir("b", nik="2", relation="child")]],
            [["a"], ["b"]],
            id="two children of one guardian's account",
        ),
        pytest.param(
            [[heir("a", nik="1")], [heir("b", nik="1", account="2"), heir("a", account="3")]],
            [["a"], ["a", "a-2"]],
            id="the NIK goes before the label",
        ),
    ],
)
def test_a_payee_keeps_the_label_of_the_person_who_had_it_first(lists: list[list[Heir]], paid):
    """By the first of: NIK; account and relation as last stated, same label first; label, latest bearer first."""
    assert labels(*lists) == paid


heirs = st.builds(
    heir,
    st.sampled_from(("a", "A", "b", "c", "a-2")),
    nik=st.sampled_from(("", "", "1", "2", "3")),
    account=st.sampled_from(("1", "2", "3")),
    relation=st.sampled_from(("spouse", "child")),
    holder=st.sampled_from(("Siti", "S.")),
)
lists = st.lists(
    st.lists(heirs, max_size=4, unique_by=(lambda one: one.heir.casefold(), lambda one: one.nik or id(one))),
    max_size=6,
)


@given(lists)
def test_no_list_names_one_payee_twice_and_what_is_said_later_changes_no_earlier_name(stated):
    """Orders are found again by the label, so it stays."""
    named = labels(*stated)
    for until in range(len(stated)):
        assert labels(*stated[:until]) == named[:until]
    for one in named:
        assert len({label.casefold() for label in one}) == len(one)


@given(lists, st.integers(0, 2**16))
def test_a_list_restated_under_any_labels_and_in_any_order_names_the_same_persons(stated, seed):
    """Where every heir has a NIK, or an account and relation of their own."""
    known = [one for one in stated if one and _distinct(one)]
    if not known:
        return
    chance = random.Random(seed)
    renamed = [replace(one, heir=f"new-{index}") for index, one in enumerate(known[-1])]
    order = chance.sample(range(len(renamed)), len(renamed))
    said = Labels()
    before = [one.heir for one in [said.recognise(each) for each in known][-1]]
    after = [one.heir for one in said.recognise([renamed[index] for index in order])]
    assert after == [before[index] for index in order]


def _distinct(stated: list[Heir]) -> bool:
    accounts = {(one.account.number, one.relation) for one in stated}
    return all(one.nik for one in stated) or len(accounts) == len(stated)
