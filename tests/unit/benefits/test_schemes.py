"""Schemes are data: a second one pays by its own folder, a renamed one pays the same under other names."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from services.adjudication.replay import Replay, ReplayResult, replay
from services.benefits.assess import assess
from services.benefits.history import History
from services.benefits.law import Currency
from services.benefits.reading.folder import LAW, SCHEMES, files_of, load, read
from services.benefits.reading.law_file import RulebookError
from services.benefits.reading.rulebook_files import read_files
from services.benefits.rulebook import Rulebook
from services.explanation.chain import explain
from services.intake.examination import examine
from services.ledger.registry import Agency
from services.scenarios.reading import read_all
from services.scenarios.story import Story
from services.wording.explanation import lines
from services.wording.terms import LanguageTexts
from tests.lives import Life, bank, disability, heir

ROOT = Path(__file__).parents[3]
PMSBY = SCHEMES / "pmsby"
EXAMPLE = PMSBY / "example.jsonl"
INDIA = read(PMSBY)

RENAMED = {
    "JKK": "WORK",
    "JKM": "LIFE",
    "work-accident": "mishap",
    "occupational-disease": "illness-of-work",
    "other": "passing",
    "ktp": "id-card",
    "form-4": "blue-form",
    "jkm.death": "life.grant",
    "jkk.death": "work.grant",
    "jkk.disability": "work.loss",
    "scholarship": "schooling",
}
"""Codes of the shipped scheme to those of the same scheme under other names."""


def renamed(folder: Path) -> Path:
    """The shipped rulebook with other codes for programmes, causes, papers and benefits; the law is as it was."""
    shutil.copytree(LAW, folder)
    text = (folder / "scheme.toml").read_text()
    for old, new in RENAMED.items():
        text = re.sub(rf'(?m)^(code|otherwise) = "{re.escape(old)}"$', rf'\1 = "{new}"', text)
        text = re.sub(rf"(?m)^{re.escape(old)} = \{{", f"{new} = {{", text)
        text = re.sub(rf'(?m)^(documents\w* = .*)"{re.escape(old)}"', rf'\1"{new}"', text)
    (folder / "scheme.toml").write_text(text)
    return folder


def said_anew(value: object) -> object:
    """A document or a result with the other names in it."""
    if isinstance(value, dict):
        return {_named(key): said_anew(one) for key, one in value.items()}
    if isinstance(value, list):
        return [said_anew(one) for one in value]
    return _named(value) if isinstance(value, str) else value


def _named(text: str) -> str:
    kind, _, code = text.rpartition(":")
    return f"document:{RENAMED.get(code, code)}" if kind == "document" else RENAMED.get(text, text)


def histories() -> Iterator[list[bytes]]:
    """What each scenario of JKK and JKM sends."""
    for scenario in read_all([ROOT / "docs" / "scenarios"]):
        story, sent = Story(), []
        for step in scenario.steps:
            story.begin(step.options)
            if step.sentence.section == "fact":
                step.sentence.meaning(story, **step.values)
                sent += story.drain()
        yield sent


def test_a_scheme_with_other_codes_pays_what_the_shipped_one_pays(tmp_path: Path):
    """Programmes, causes, papers and benefits have no meaning in the code: over all scenarios only names differ."""
    other, paid = read(renamed(tmp_path / "renamed")), 0
    for sent in histories():
        ours = replay(sent, load())
        anew = [json.dumps(_document_anew(json.loads(line))).encode() for line in sent]
        assert said_anew(_told_in_order(ours)) == said_anew(_told_in_order(replay(anew, other)))
        paid += sum(claim.ordered for claim in ours.claims.values())
    assert paid > 10_000_000_000


def _told_in_order(result: ReplayResult) -> object:
    """A result, what is missing in the order of the other names."""
    claims = {
        number: replace(claim, missing=tuple(sorted(_named(code) for code in claim.missing)))
        for number, claim in result.claims.items()
    }
    return msgspec.to_builtins(replace(result, claims=claims))


def _document_anew(document: dict[str, object]) -> dict[str, object]:
    data = document["data"]
    assert isinstance(data, dict)
    changed = {key: said_anew(data[key]) for key in ("programmes", "cause", "documents") if key in data}
    return {**document, "data": {**data, **changed}}


def test_the_second_scheme_pays_its_example():
    """India's PMSBY: death, a lost eye, an eye and an arm, a premium paid late, one never paid."""
    with EXAMPLE.open("rb") as sent:
        result = replay(sent, INDIA)

    assert json.loads(msgspec.json.encode(result)) == json.loads((PMSBY / "example.json").read_text())
    paid = {number: (claim.status, sum(claim.entitled.values())) for number, claim in result.claims.items()}
    assert paid == {
        "PB-1": ("ordered", 200_000),
        "PB-2": ("ordered", 100_000),
        "PB-3": ("ordered", 200_000),
        "PB-4": ("denied", 0),
        "PB-5": ("denied", 0),
    }


@pytest.mark.parametrize("folder", sorted(one.name for one in SCHEMES.iterdir() if one.name != LAW.name))
def test_no_code_knows_a_scheme_that_does_not_ship_as_the_default(folder: str):
    """Only its own folder names it: whoever writes another changes no programme."""
    rooms = [ROOT / room for room in ("events", "projections", "services", "benchmarks")]
    files = [path for room in rooms for path in room.rglob("*") if path.suffix in (".py", ".toml", ".lua")]
    codes = read(SCHEMES / folder).codes
    named = re.compile("|".join(map(re.escape, (folder, *codes.programmes))), re.IGNORECASE)
    found = [
        path for path in files if named.search(path.read_text()) and SCHEMES / folder not in path.parents
    ]
    assert found == []


def insured(*items: dict[str, object]) -> Life:
    """An accident of a member who paid the year's premium in time."""
    life = Life().enrolled("2025-06-01", programmes=["PMSBY"]).paid_months("2025-06", "2026-05", "2025-05-30")
    life.filed("A-1", "accident", "2025-09-01", ("claim-form", "accident-report"))
    return life.items(*items) if items else life


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        ([disability("eye", side="left")], 100_000),
        ([disability("both-eyes")], 200_000),
        ([disability("hand-wrist", side="left"), disability("hand-wrist", side="right")], 200_000),
        ([disability("eye", side="left"), disability("foot-ankle", side="left")], 200_000),
        ([disability("arm-shoulder", side="left"), disability("hand-wrist", side="left")], 100_000),
        (
            [
                disability("eye", side="left"),
                disability("eye", side="right"),
                disability("leg-hip", side="left"),
            ],
            200_000,
        ),
        ([disability("eye", side="left", loss_percent=80)], 0),
        ([disability("thumb", side="left")], 0),
        ([{"kind": "total-disability"}], 200_000),
        ([{"kind": "total-disability"}, disability("eye", side="left")], 200_000),
        ([{"kind": "treatment", "amount": 5_000, "payee": {"name": "Klinik", "account": bank()}}], 0),
    ],
)
def test_a_loss_is_half_of_the_sum_and_two_are_all_of_it(items: list[dict[str, object]], amount: int):
    """Only what is lost altogether counts, a limb once, and what the scheme does not insure is worth nothing."""
    (claim,) = replay(insured(*items).lines(), INDIA).claims.values()
    assert (claim.status, sum(claim.entitled.values())) == ("ordered", amount)


@pytest.mark.parametrize("related", [True, False])
def test_where_any_cause_is_insured_a_finding_of_it_changes_nothing(related: bool):
    """Whether work caused the accident is no question of this scheme."""
    life = insured(disability("eye", side="left")).at_work(related=related)
    (claim,) = replay(life.lines(), INDIA).claims.values()
    assert (claim.programme, claim.ordered) == ("PMSBY", 100_000)


def test_a_death_by_accident_waits_for_its_papers_then_the_nominee_is_paid():
    """The nominee alone, though there are children; nobody asks who arranged the burial, for that is not insured."""
    life = insured().died("2025-09-01")
    (claim,) = replay(life.lines(), INDIA).claims.values()
    assert claim.missing == ("document:death-certificate", "document:post-mortem-report", "finding:heirs")
    life.heirs(heir("n", "testament"), heir("c", "child", "8"))
    papers = [{"kind": kind, "reference": kind} for kind in ("death-certificate", "post-mortem-report")]
    life.send("claim.documents-received", {"claim": "A-1", "documents": papers})
    (claim,) = replay(life.lines(), INDIA).claims.values()
    assert [(order.payee, order.amount) for order in claim.orders] == [("heir:n", 200_000)]
    (claim,) = replay(life.heirs().lines(), INDIA).claims.values()
    assert claim.entitled == {}


def test_an_installation_takes_only_the_codes_of_its_scheme():
    """Intake of an installation with this rulebook refuses what the other scheme knows."""
    agency = Agency(name="dinsos", types=("claim.filed",))
    now = dt.datetime(2026, 6, 10, 12, tzinfo=dt.UTC)
    raw = json.dumps(Life().filed("A-1", "accident").documents[0]).encode()
    _, refusal = examine(agency, raw, now, load().codes)
    assert refusal is not None
    assert [fault.path for fault in refusal.faults] == ["$.data.cause"]
    _, refusal = examine(agency, raw, now, INDIA.codes)
    assert refusal is None


@pytest.mark.parametrize("language", ["id", "en"])
def test_claims_of_another_scheme_are_explained_in_its_own_words_and_currency(language):
    """Every claim of the example, in both languages, without a word or a sign of the shipped scheme."""
    book = Replay(INDIA)
    for line in EXAMPLE.read_bytes().splitlines():
        book.take(line)
    words = LanguageTexts(language, INDIA.scheme)
    for number in book.result().claims:
        state = book.state_of(number)
        assert state is not None
        explanation = explain(state, number, INDIA)
        assert explanation is not None
        said = "\n".join(lines(explanation, words))
        assert not re.search(r"Rp\d|JKK|JKM|BPJS", said)
        assert ("₹" in said) == (number != "PB-5")


def test_a_disability_line_is_as_sure_as_the_least_sure_row_and_the_cap():
    """Found for an eye; a decision of ours where an arm counts as its hand."""

    def confidence(rulebook: Rulebook, life: Life) -> str:
        book = Replay(rulebook)
        for line in life.lines():
            book.take(line)
        (state,) = book.states.values()
        (award,) = assess(History(state.facts), "A-1", rulebook, {}).lines
        return award.confidence

    eye, arm = disability("eye", side="left"), disability("arm-elbow", side="left")
    assert confidence(INDIA, insured(eye)) == "F"
    assert confidence(INDIA, insured(eye, arm)) == "D"
    files = files_of(LAW)
    files["pp-82-2019.toml"] = files["pp-82-2019.toml"].replace(
        '"disability.cap" = { value = 70,',
        '"disability.cap" = { value = 70, confidence = "F", source = [15],',
    )
    hurt = Life().insured().accident().at_work()
    assert confidence(read_files(files), hurt.items(disability("smell"))) == "F"
    assert confidence(read_files(files), hurt.items(disability("impotence"))) == "M"


@pytest.mark.parametrize(
    ("groups", "separator", "amount", "written"),
    [
        ((3,), ".", 42_000_000, "Rp42.000.000"),
        ((3, 2), ",", 42_000_000, "Rp4,20,00,000"),
        ((3, 2), ",", 200_000, "Rp2,00,000"),
        ((3, 2), ",", 999, "Rp999"),
        ((4,), " ", 123_456_789, "Rp1 2345 6789"),
        ((3,), ".", 0, "Rp0"),
        ((3, 2), ",", 0, "Rp0"),
        ((3,), ".", -1_500, "-Rp1.500"),
    ],
)
def test_money_is_written_in_the_groups_of_its_country(groups, separator, amount, written):
    """From the right, the last group repeated."""
    assert Currency("Rp", separator, ",", groups).write(amount) == written


def test_decimals_are_written_with_the_sign_of_the_country():
    """Without zeros at the end."""
    assert Currency("₹", ",", ".", (3, 2)).plain(Decimal("4.50")) == "4.5"


FAULTS = [
    ('code = "JKM"', 'code = "jkm"', 'code = "jkm"', "Expected `str` matching regex"),
    ('code = "JKM"', 'code = "JKK"', 'code = "JKK"', "JKK stands twice"),
    ("other = {", "work-accident = {", "work-accident = {", "work-accident stands twice"),
    ('covers = "death"', 'covers = "life"', 'covers = "life"', "Invalid enum value 'life'"),
    ('family = "treatment"', 'family = "healing"', 'family = "healing"', "Invalid value 'healing'"),
    ('as_billed = "', 'as_bild = "', "as_bild", "unknown field `as_bild`"),
    ('as_billed = "jkk.treatment"\n', "", "", "missing required field `as_billed`"),
    ('otherwise = "JKK"', 'otherwise = "JHT"', 'otherwise = "JHT"', "there is no programme JHT"),
    ('law = "jkm.death"', 'law = "jkm.grant"', 'law = "jkm.grant"', "no benefit asks for jkm.grant"),
    ('["ktp", "kk",', '["ktp", "kkk",', '["ktp", "kkk",', "kkk has no name"),
    ('sign = "Rp"', 'sign = "R2"', 'sign = "R2"', "has a digit"),
    ("groups = [3]", "groups = []", "groups = []", "no group of digits"),
    ('"eye"', '"eyes"', "rows = [", "eyes is no row"),
    (
        'arm-elbow = ["hand-wrist"]',
        'arm-elbow = ["arm-shoulder"]',
        "programme.benefit.contains",
        "contained twice",
    ),
    (
        'multiple = "jkk.multiple"\ncap',
        'multiple = "jkk.multiple"\nsum = "jkk.periodic"\ncap',
        "",
        "one of multiple",
    ),
    ('to = "funeral"', 'to = "participant"\nextra = 1', "extra = 1", "unknown field `extra`"),
    (
        'on = ["death"]\nto = "heirs"',
        'on = ["total-disability"]\nto = "heirs"',
        'to = "heirs"',
        "for a death",
    ),
    ('after_months = "jkm.scholarship-months"\n', "", "", "either on or after_months"),
    ("[scholarship.years]\n", '[scholarship.years]\nTK = "scholarship.children"\n', "", ""),
    ('SD = "scholarship.years.SD"\n', "", "[scholarship.years]", "how many years of TK"),
    ('year_begins = "07-01"', 'year_begins = "07-31"', "year_begins", "matching regex"),
    ('first_months = "jkm.waiting-months"', 'first_months = "jkm.pay-days"', "", "asked for as"),
    ('insures = "rest"\n', 'insures = "any"\n', 'otherwise = "JKK"', "it insures any cause"),
]


@pytest.mark.parametrize(
    ("right", "wrong", "mark", "fault"), FAULTS, ids=[fault[3] or "fine" for fault in FAULTS]
)
def test_a_spoiled_scheme_is_refused_at_its_line(
    tmp_path: Path, right: str, wrong: str, mark: str, fault: str
):
    """The message begins with file and line, and says what to do."""
    folder = Path(shutil.copytree(LAW, tmp_path / "law"))
    path = folder / "scheme.toml"
    text = path.read_text()
    assert right in text
    spoiled = text.replace(right, wrong, 1)
    path.write_text(spoiled)
    if not fault:
        assert read(folder).scheme != load().scheme
        return
    with pytest.raises(RulebookError) as refused:
        read(folder)
    assert fault in str(refused.value)
    assert refused.value.place.file == "scheme.toml"
    if mark:
        at = (
            spoiled.index(mark, spoiled.index(wrong) - 2 if mark in wrong else 0)
            if wrong
            else spoiled.index(mark)
        )
        assert refused.value.place.line == spoiled[:at].count("\n") + 1


def test_what_the_scheme_asks_for_the_law_must_state_and_nothing_else():
    """A figure that nothing asks for any more, and one that the law does not have yet."""
    files = files_of(LAW)
    without = files["scheme.toml"].replace('documents = ["ktp", "form-3"', 'documents = ["form-3"')
    assert read_files({**files, "scheme.toml": without}).hash != load().hash
    renamed_figure = files["scheme.toml"].replace('days = "jkk.homecare-days"', 'days = "jkk.nursing-days"')
    with pytest.raises(
        RulebookError, match=r"pp-82-2019\.toml:\d+: jkk\.homecare-days is none of the figures"
    ):
        read_files({**files, "scheme.toml": renamed_figure})
    with pytest.raises(RulebookError, match=r"no file states pmsby\.pay-days"):
        read_files({"scheme.toml": files_of(PMSBY)["scheme.toml"]})
