"""Sentences about a claim: filing, papers, findings, schooling, review, payment, and taking back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from services.scenarios.sentences import fact
from services.scenarios.story import NIK, Story, account, documents, payee, person
from services.scenarios.values import ScenarioChild, ScenarioHeir, called


@fact
def filed(
    story: Story,
    claim: str,
    filed_on: dt.date,
    cause: str,
    event_date: dt.date,
    papers: Sequence[str] = (),
    children: Sequence[ScenarioChild] = (),
) -> None:
    """File a claim, which the sentences that follow are about."""
    story.claim = claim
    story.report(
        "claim.filed",
        "desa",
        day=filed_on,
        nik=NIK,
        cause=cause,
        event_date=event_date,
        claimant={"name": "Budi", "relation": "spouse"},
        documents=documents(papers),
        children=_children(children),
    )


def _children(children: Sequence[ScenarioChild]) -> list[dict[str, object]]:
    return [{"child": called(one.name), "name": one.name, "birth_date": one.born} for one in children]


@fact
def children_amended(story: Story, children: Sequence[ScenarioChild]) -> None:
    """State the children anew, the whole list in rank."""
    story.report("claim.amended", "desa", children=_children(children))


@fact
def day_amended(story: Story, event_date: dt.date) -> None:
    """State the day of the event anew."""
    story.report("claim.amended", "desa", latest=event_date, event_date=event_date)


@fact
def cause_amended(story: Story, cause: str) -> None:
    """State the cause anew."""
    story.report("claim.amended", "desa", cause=cause)


@fact
def documented(story: Story, papers: Sequence[str]) -> None:
    """Bring papers to the claim."""
    story.report("claim.documents-received", "desa", documents=documents(papers))


@fact
def died(story: Story, died_on: dt.date) -> None:
    """Find the day of death."""
    story.find("disdukcapil", latest=died_on, death={"died_on": died_on})


@fact
def work_related(story: Story) -> None:
    """Find that work caused it."""
    story.find("disnaker", cause={"work_related": True})


@fact
def not_work_related(story: Story) -> None:
    """Find that work did not cause it."""
    story.find("disnaker", cause={"work_related": False})


@fact
def heirs(story: Story, heirs: Sequence[ScenarioHeir]) -> None:
    """Name the heirs, each with a share or none; an account is named to tell it from another."""
    listed = []
    for heir in heirs:
        stated = {
            "heir": called(heir.name),
            "name": heir.name,
            "relation": heir.relation,
            "account": account(heir.account, heir.name),
        }
        share = {} if heir.percent is None else {"share_percent": heir.percent}
        listed.append(stated | share)
    story.find("disdukcapil", heirs=listed)


@fact
def deceased_heir(story: Story) -> None:
    """Name an heir with the NIK of the participant, as a slip does."""
    listed = {
        "heir": "istri",
        "name": "Istri",
        "nik": NIK,
        "relation": "spouse",
        "account": account("", "Istri"),
    }
    story.find("disdukcapil", heirs=[listed])


@fact
def no_heirs(story: Story) -> None:
    """Find that nobody inherits."""
    story.find("disdukcapil", heirs=[])


@fact
def buried(story: Story, name: str) -> None:
    """Name who arranged the burial."""
    story.find("desa", burial={"arranged_by": payee(name)})


@fact
def participant_account(story: Story, number: str = "") -> None:
    """State the participant's own account."""
    story.find("rsud", participant_account=account(number, "Siti Aminah"))


@fact
def studies(story: Story, child: str, level: str, first: int, last: int = 0) -> None:
    """Confirm each school year that begins in these years."""
    for year in range(first, (last or first) + 1):
        _schooling(story, child, level, year, studying=True)


@fact
def does_not_study(story: Story, child: str, level: str, year: int) -> None:
    """Take the confirmation of a school year back."""
    _schooling(story, child, level, year, studying=False)


def _schooling(story: Story, child: str, level: str, year: int, *, studying: bool) -> None:
    story.report(
        "claim.schooling-confirmed",
        "disdik",
        child=child,
        level=level,
        school_year=year,
        studying=studying,
        payee=payee("Wali", child),
    )


@fact
def approved(story: Story, reasons: Sequence[str] = ()) -> None:
    """Approve, lifting the reasons that are named."""
    _review(story, "approve", reasons)


@fact
def denied(story: Story) -> None:
    """Deny by a person's decision."""
    _review(story, "deny", ())


def _review(story: Story, decision: str, reasons: Sequence[str]) -> None:
    story.report(
        "claim.reviewed",
        "bpjs",
        officer="Petugas",
        decision=decision,
        reasons=list(reasons),
        grounds="berkas diperiksa",
    )


@fact
def objected(story: Story) -> None:
    """Object to the decision."""
    story.report("claim.objected", "desa", by=person("Budi"), grounds="kurang")


@fact
def withdrawn(story: Story) -> None:
    """Withdraw the claim."""
    story.report("claim.withdrawn", "desa", reason="salah lapor")


@fact
def paid(story: Story, order: str, amount: int, paid_on: dt.date | None = None) -> None:
    """Report what the bank has paid on an order."""
    on = paid_on or story.day
    story.report(
        "claim.paid", "bank", latest=paid_on, order=order, amount=amount, paid_on=on, reference="transfer"
    )


@fact
def returned(story: Story, order: str, amount: int = 0) -> None:
    """Report that the bank has sent a payment back, or so much of it, or refused the transfer."""
    story.report(
        "claim.payment-returned",
        "bank",
        order=order,
        returned_on=story.day,
        reason="rekening tutup",
        amount=amount or None,
    )


@fact
def retracted(story: Story, label: str) -> None:
    """Take back what was reported under a name, by who reported it; before that, by the agency of this sentence."""
    labelled = [(source.rpartition("/")[2], name) for source, name, _ in story.labels.get(label, ())]
    for agency, name in labelled or [("dinsos", label)]:
        story.report("event.retracted", agency, retracts=name, reason="salah ketik")


@fact
def repeated(story: Story, label: str) -> None:
    """Send what was reported under a name once more, unchanged."""
    story.again(label)
