"""``kelambu explain`` on a running installation: the same as offline, now and as of then, and nothing personal."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from projections.as_of import AsOf
from services.explanation.chain import explain
from services.explanation.lookup import Lookup
from services.ledger.claim_routes import Routes
from services.ledger.registry import FINDINGS, TYPES, Agency
from tests.lives import JKK_DEATH_PAPERS, Life, heir, jkm_death
from tests.small_installation import SmallInstallation, niks
from tests.system.running import SERVICES, RunningInstallation, running_installation
from tests.unit.explanation.lives import DAY
from tests.unit.whatif.books import JKM_DEATH, changed

AGENCIES = ("dinsos", "rsud", "disdukcapil")


def lives() -> Sequence[Life]:
    """A death that is paid, one that waits for its heirs, one in the first months, one in arrears, one at work with a child."""
    paid, waits, limited, behind, parent = (Life(nik) for nik in niks(5))
    paid.insured().filed("P-1").died(claim="P-1").heirs(heir("a"), heir("b", "child", "2"), claim="P-1")
    waits.insured().filed("W-1", papers=("ktp", "kk", "form-4", "heirs-letter")).died(claim="W-1")
    limited.enrolled("2026-01-25").paid_months("2026-02", "2026-03", "2026-02-01")
    limited.filed("L-1", event_date=DAY).died(DAY, claim="L-1").heirs(heir(), claim="L-1")
    behind.enrolled().paid_months("2025-01", "2026-01")
    behind.filed("B-1", event_date=DAY).died(DAY, claim="B-1").heirs(heir(), claim="B-1")
    children = [{"child": "c", "name": "Siti Aminah", "birth_date": "2010-02-01"}]
    parent.insured().accident("J-1", papers=JKK_DEATH_PAPERS, children=children).at_work(claim="J-1")
    parent.died(claim="J-1").heirs(heir(), claim="J-1").schooled("c", "SMP", 2025, claim="J-1")
    return paid, waits, limited, behind, parent


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[RunningInstallation]:
    """A running installation that has decided all these lives."""
    async with running_installation(tmp_path / "data") as installation:
        for name in AGENCIES:
            await installation.installation.registry.add(Agency(name=name, types=TYPES, findings=FINDINGS))
        installation.start(*SERVICES)
        documents = [document for life in lives() for document in life.documents]
        for source, sent in groupby(documents, key=lambda document: document["source"]):
            agency = source.removeprefix("/agencies/")
            await installation.edge.submit(agency, [json.dumps(document).encode() for document in sent])
        await installation.settled()
        yield installation
        installation.look_after()


def explained(installation: RunningInstallation, *arguments: str) -> dict[str, Any]:
    explanation = json.loads(installation.command("explain", *arguments, "--json"))
    return dict(explanation["explanation"])


async def test_an_installation_explains_its_claims_as_the_exported_events_do(
    installation: RunningInstallation, tmp_path: Path
):
    """Facts, membership, law, formulas, obstacles and remedies are those of the exported file, read offline."""
    exported = tmp_path / "events.jsonl"
    installation.command("export", "agency-events", "--out", str(exported), "--reason", "test")
    for number, status in (("P-1", "ordered"), ("W-1", "waiting"), ("L-1", "ordered"), ("B-1", "referred")):
        here = explained(installation, number)
        offline = explained(installation, number, "--file", str(exported))
        assert (here["status"], here["as_recorded"]) == (status, True)
        for part in ("membership", "laws", "base", "benefits", "obstacles", "remedies"):
            assert here[part] == offline[part], (number, part)
        assert [fact["ref"] for fact in here["sources"]] == [fact["ref"] for fact in offline["sources"]]
        if number == "P-1":
            assert here["money"]["released"] == 42_000_000


async def test_a_claim_is_explained_as_it_stood_and_nobody_is_named(installation: RunningInstallation):
    """Before the heirs were found it waited for them, later it is as now, at the first position unknown.

    One after the last is refused. No name, NIK or account is told.
    """
    now = explained(installation, "P-1")
    heirs = next(fact for fact in now["sources"] if fact["agency"] == "disdukcapil")
    before = explained(installation, "P-1", "--known-on", str(heirs["position"] - 1))
    assert before["status"] == "waiting"
    assert "finding:heirs" in before["missing"]
    assert before["remedies"][0]["amount"] == 42_000_000
    installation.command("explain", "P-1", "--known-on", "1000000", code=2)
    assert explained(installation, "P-1", "--known-on", "2126-01-01") == now
    installation.command("explain", "P-1", "--known-on", "1", code=2)
    sentences = {
        installation.command("explain", number, "--lang", language).decode()
        for number, language in (("W-1", "id"), ("L-1", "id"), ("B-1", "en"))
    }
    for sentence in ("akta kematian belum ada", "2 dari 3 bulan iuran", "in arrears by 2 months"):
        assert any(sentence in said for said in sentences)
    for personal in ("Siti Aminah", "Budi", "Pemilik", "Bank Sumsel", "160601"):
        assert not any(personal in said for said in sentences)
    installation.command("explain", "NOBODY-1", code=2)


async def test_a_claim_is_explained_by_what_had_happened_by_a_day(installation: RunningInstallation):
    """On the day of its last fact the same is due, and nothing had been ordered.

    On the day before the heirs were not found.
    """
    now = explained(installation, "P-1")
    (heirs,) = (fact for fact in now["sources"] if fact["agency"] == "disdukcapil")
    day = dt.date.fromisoformat(heirs["day"])
    then = explained(installation, "P-1", "--true-on", str(day))
    assert then["benefits"] == now["benefits"]
    assert (then["money"]["ordered"], then.get("payments", [])) == (0, [])
    before = explained(installation, "P-1", "--true-on", str(day - dt.timedelta(days=1)))
    assert heirs["ref"] not in [fact["ref"] for fact in before["sources"]]
    assert "finding:heirs" in before["missing"]
    installation.command("explain", "P-1", "--true-on", "2020-01-01", code=2)
    installation.command("claim", "P-1", "--true-on", "2020-01-01", code=2)


async def test_an_installation_shows_the_scholarships_of_its_exported_events(
    installation: RunningInstallation, tmp_path: Path
):
    """All of them, and those of one claim; nobody is named. A file has no figures that could be asked for again."""
    exported = tmp_path / "events.jsonl"
    installation.command("export", "agency-events", "--out", str(exported), "--reason", "test")
    asked = ("scholarships", "--as-of", "2026-11-21", "--json")
    output = installation.command(*asked)
    shown = json.loads(output)
    assert shown.pop("figure").startswith("F-")
    assert shown["sums"] == {
        "children": 1,
        "confirmed": 2_000_000,
        "paid": 0,
        "future": 66_000_000,
    }
    for narrower in (("--file", str(exported)), ("--claim", "J-1")):
        same = json.loads(installation.command(*asked, *narrower))
        assert {name: value for name, value in same.items() if name != "figure"} == shown
    assert json.loads(installation.command(*asked, "--claim", "P-1"))["children"] == []
    installation.command(*asked, "--claim", "NOBODY-1", code=2)
    assert b"Siti Aminah" not in output


async def test_a_claim_is_explained_by_the_rulebook_that_judged_it(valkey: Redis, tmp_path: Path):
    """What an earlier rulebook decided is explained by it while it is kept, before and after a later one judged again."""
    installation = await SmallInstallation.opened(valkey, tmp_path)
    shipped, later = installation.rulebook, changed(tmp_path, JKM_DEATH)
    life = jkm_death()
    await installation.live(life)
    routes = Routes(valkey)
    lookup = Lookup(routes, installation.ledger, {book.hash: book for book in (shipped, later)}, later)

    async def answered(known_on: int | None = None) -> tuple[str, int, bool]:
        found = await lookup.find("A-1", AsOf(known_on))
        assert found is not None
        explanation = explain(found.state, "A-1", found.rulebook)
        assert explanation is not None
        return explanation.rulebook, explanation.money.entitled, explanation.as_recorded

    head = (await installation.ledger.head(0)).position
    assert await answered() == await answered(head) == (shipped.name, 42_000_000, True)
    installation.rulebook = later
    sent = len(life.documents)
    await installation.admit(life.objected().reviewed("approve", "objected"), sent)
    await installation.decide()
    name, entitled, as_recorded = await answered()
    assert (name, as_recorded) == (later.name, True)
    assert entitled != 42_000_000
    assert await answered(head) == (shipped.name, 42_000_000, True)
    forgotten = Lookup(routes, installation.ledger, {later.hash: later}, later)
    found = await forgotten.find("A-1", AsOf(head))
    assert found is not None
    assert found.rulebook is later
