"""Who is who among the heirs of a claim, whatever the agencies call them, and under which label money goes to whom.

``heir``, ``child`` and ``item`` are labels of whoever wrote them, compared without case. A payee keeps the label under
which it was stated first, also in a list that was taken back, so that orders and accounts follow the person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import AnyFact
from events.claim import Amended, Filed, Schooled, Verified
from events.findings import Findings, Heir
from events.forms import compared_account
from events.personal import Account
from events.redaction import REDACTED


class StatedHeir(Struct, eq=False):
    """An heir as stated so far: ``label`` is the first, ``borne`` says of each label when it was last borne."""

    label: str
    nik: str = ""
    account: str = ""
    relation: str = ""
    borne: dict[str, int] = {}

    def state(self, heir: Heir, number: int) -> None:
        """Take up one more statement, the ``number``-th; a NIK once stated stays known."""
        self.nik = heir.nik or self.nik
        self.account, self.relation = bank_account(heir.account), heir.relation
        self.borne[heir.heir.casefold()] = number


def bank_account(account: Account) -> str:
    """Return the text by which two statements are of one number at one bank, whoever is named as its holder.

    In a recorded event the token of both replaces the bank.
    """
    if account.holder == REDACTED:
        return account.bank
    return "|".join(compared_account(account.bank, account.number, "")[:2])


def alike(earlier: Sequence[StatedHeir], heirs: Sequence[Heir]) -> list[StatedHeir | None]:
    """Return which known person each heir of a list is, each person at most once; None for one not stated before.

    By the first that fits: the same NIK; the same bank account and relation as last stated, first with the same label;
    the same label, first whoever bore it last. Those of different NIKs are different persons, unless label, account and
    relation are all the same: then the NIK was corrected.
    """
    matches: list[StatedHeir | None] = [None] * len(heirs)
    remaining = list(earlier)
    for fits in _FITS:
        for index, heir in enumerate(heirs):
            if matches[index] is None:
                label = heir.heir.casefold()
                candidates = [one for one in remaining if fits(one, heir) and not _another(one, heir)]
                if candidates:
                    matches[index] = one = max(candidates, key=lambda person: person.borne.get(label, -1))
                    remaining.remove(one)
    return matches


def _same_nik(person: StatedHeir, heir: Heir) -> bool:
    return bool(heir.nik) and person.nik == heir.nik


def _same_account(person: StatedHeir, heir: Heir) -> bool:
    return (person.account, person.relation) == (bank_account(heir.account), heir.relation)


def _same_label(person: StatedHeir, heir: Heir) -> bool:
    return heir.heir.casefold() in person.borne


def _in_all(person: StatedHeir, heir: Heir) -> bool:
    return _same_account(person, heir) and _same_label(person, heir)


_FITS: tuple[Callable[[StatedHeir, Heir], bool], ...] = (_same_nik, _in_all, _same_account, _same_label)


def _another(person: StatedHeir, heir: Heir) -> bool:
    """Whether both have a NIK, not the same, and no slip was corrected."""
    return bool(heir.nik and person.nik) and heir.nik != person.nik and not _in_all(person, heir)


class Labels:
    """The payees of one claim by their first labels."""

    def __init__(self) -> None:
        self.heirs: list[StatedHeir] = []
        self._lists = 0
        self._first: dict[tuple[str, str], str] = {}

    def recognise(self, stated: Sequence[Heir]) -> list[Heir]:
        """Return a list of heirs under their first labels and with every NIK that is known of them."""
        self._lists += 1
        named: list[Heir] = []
        for heir, earlier in zip(stated, alike(self.heirs, stated), strict=True):
            person = earlier or self._new(heir.heir)
            person.state(heir, self._lists)
            if heir.heir == person.label and (heir.nik or "") == person.nik:
                named.append(heir)
            else:
                named.append(replace(heir, heir=person.label, nik=person.nik or heir.nik))
        return named

    def first(self, kind: str, label: str) -> str:
        """Return a child's or an item's label as it was written first."""
        return self._first.setdefault((kind, label.casefold()), label)

    def _new(self, label: str) -> StatedHeir:
        labels = {person.label.casefold() for person in self.heirs}
        number, free = 1, label
        while free.casefold() in labels:
            number += 1
            free = f"{label}-{number}"
        self.heirs.append(StatedHeir(free))
        return self.heirs[-1]


def known_heirs(facts: Sequence[AnyFact], claim: str) -> list[StatedHeir]:
    """Return every heir ever stated for a claim, in lists that were taken back too."""
    labels = Labels()
    for fact in facts:
        if isinstance(fact, Verified) and fact.claim == claim and fact.findings.heirs:
            labels.recognise(fact.findings.heirs)
    return labels.heirs


def named(facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Return the facts with each payee under its first label in its claim; facts that were taken back count too."""
    labels: defaultdict[str, Labels] = defaultdict(Labels)
    return [_named(fact, labels[fact.claim]) if isinstance(fact, _LABELLED) else fact for fact in facts]


_LABELLED = (Filed, Amended, Verified, Schooled)


def _named(fact: Filed | Amended | Verified | Schooled, labels: Labels) -> AnyFact:
    match fact:
        case Verified():
            findings = _findings(fact.findings, labels)
            return fact if findings is fact.findings else replace(fact, findings=findings)
        case Schooled():
            label = labels.first("child", fact.child)
            return fact if label == fact.child else replace(fact, child=label)
        case Filed() | Amended():
            if not fact.children:
                return fact
            ranked = fact.children
            children = tuple(replace(child, label=labels.first("child", child.label)) for child in ranked)
            return fact if children == ranked else replace(fact, children=children)


def _findings(findings: Findings, labels: Labels) -> Findings:
    if findings.heirs:
        heirs = labels.recognise(findings.heirs)
        if heirs != findings.heirs:
            findings = replace(findings, heirs=heirs)
    if findings.medical and findings.medical.items:
        items = [replace(item, item=labels.first("item", item.item)) for item in findings.medical.items]
        if items != findings.medical.items:
            findings = replace(findings, medical=replace(findings.medical, items=items))
    return findings
