"""The letter about a claim: one for each status, in plain words, with the amount in words and nobody's name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from events.claim import ClaimFiled, ClaimVerified
from events.message import LANGUAGES, Language
from services.claim_file.contents import ClaimFile, OpenedValues, name_of
from services.claim_file.document import DocumentTable, Pairs, Paragraph, PrintedDocument
from services.claim_file.pages import page
from services.claim_file.pdf import pdf
from services.claim_file.statement import statement_of
from services.cli.commands.letter import letter_of
from services.letters.qr import svg
from services.letters.signature import signed
from services.letters.statement import read
from services.notary.notes import ED25519
from services.notary.signatures import Signer
from services.texts.language import speaking
from tests.claim_files import claim_file_of, result_in
from tests.lives import Life, heir, jkm_death

PAID = 42_000_000


def waiting() -> Life:
    return Life().insured().filed(papers=("ktp", "kk", "form-4"))


def referred() -> Life:
    return jkm_death().objected()


def paid() -> Life:
    return jkm_death().paid("A-1.1", PAID)


LIVES: dict[str, Life] = {
    "waiting": waiting(),
    "referred": referred(),
    "denied": jkm_death().reviewed("deny"),
    "ordered": jkm_death(),
    "paid": paid(),
    "withdrawn": Life().insured().filed().withdrawn(),
    "retracted": Life().insured().filed(id="f").retracted("f"),
}


ORIGIN = "kelambu/0123456789abcdef0123456789abcdef/letters"
KEY = Signer(ORIGIN, ED25519, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def signed_file(life: Life) -> ClaimFile:
    """The file of a claim with the line of its letter, signed by the key of these tests."""
    file = claim_file_of(life, "A-1")
    return replace(file, signed_line=signed(statement_of(file, result_in(file), ORIGIN), KEY))


def letter(life: Life, language: Language = "id", opened: tuple[OpenedValues, ...] = ()) -> PrintedDocument:
    with speaking(language):
        return letter_of(replace(claim_file_of(life, "A-1"), opened=opened))


def text(document: PrintedDocument) -> str:
    return page(document).decode()


def title(told: str, language: Language) -> str:
    document = letter(LIVES[told], language)
    assert f"<h1>{document.title}</h1>" in text(document)
    return document.title


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_a_letter_of_its_own(language: Language):
    """Each status that a claim can have, and each letter begins with another title."""
    assert {status: result_in(claim_file_of(life, "A-1")).status for status, life in LIVES.items()} == {
        status: status for status in LIVES
    }
    assert len({title(status, language) for status in LIVES}) == len(LIVES)


def test_what_is_paid_is_said_with_its_words_its_day_and_its_article():
    """To the widow, until the seventh working day, by the rule that is named."""
    told = text(letter(LIVES["ordered"]))
    for part in ("Rp42.000.000", "empat puluh dua juta rupiah", "suami/istri", "PP 82/2019", "keberatan"):
        assert part in told
    english = text(letter(LIVES["ordered"], "en"))
    assert "forty-two million rupiah" in english
    assert "You can object" in english


def test_what_is_missing_is_said_with_who_brings_it():
    """Papers by the family, findings by agencies."""
    (missing,) = [
        block
        for part in letter(LIVES["waiting"]).parts
        for block in part.blocks
        if isinstance(block, DocumentTable)
    ]
    assert {row[0]: row[1] for row in missing.rows} == {
        "akta kematian": "Anda, kepada Dinsos",
        "surat keterangan ahli waris": "Anda, kepada Dinsos",
        "keterangan kematian": "rumah sakit, puskesmas atau dokter",
        "keterangan ahli waris": "Dinas Kependudukan dan Pencatatan Sipil",
    }


def test_what_was_paid_too_much_has_a_letter():
    """By how much, in words, and what to do about it."""
    life = jkm_death().paid("A-1.1", PAID).withdrawn()
    told = text(letter(life))
    assert "Ada uang yang dikirim terlalu banyak" in told
    assert "Rp42.000.000 (empat puluh dua juta rupiah) lebih" in told


def test_names_are_blanks_unless_they_were_opened():
    """Claimant and heir, out of the events that say them; the participant's name is in no event of a claim."""
    blank = letter(LIVES["ordered"])
    assert "Ahli Waris" not in text(blank)
    (head,) = [block for part in blank.parts for block in part.blocks if isinstance(block, Pairs)]
    assert head.rows[1] == ("Kepada Yth.", "")
    events = claim_file_of(LIVES["ordered"], "A-1").decoded()
    filing = next(name_of(event) for event in events if isinstance(event, ClaimFiled))
    found = [name_of(event) for event in events if isinstance(event, ClaimVerified)][-1]
    opened = (
        OpenedValues(filing, 0, {"claimant.name": "Siti Aminah"}),
        OpenedValues(found, 0, {"findings.heirs[0].name": "Budi"}),
    )
    named = letter(LIVES["ordered"], opened=opened)
    assert "Siti Aminah" in text(named)
    assert _payees(named) == [("suami/istri", "Budi")]


def _payees(document: PrintedDocument) -> list[tuple[str, str]]:
    """Whom a letter names, and by which name."""
    grids = [block for part in document.parts for block in part.blocks if isinstance(block, DocumentTable)]
    return [(row[0], row[1]) for row in grids[0].rows]


def test_heirs_are_called_as_the_family_calls_them():
    """By their relation, not by what an agency calls them; two of a kind have numbers."""
    life = Life().insured().filed().died()
    life.heirs(heir("x1"), heir("x2", "child", "2"), heir("x3", "child", "3"))
    assert [called for called, _ in _payees(letter(life))] == ["suami/istri", "anak 1", "anak 2"]


def test_a_letter_has_no_codes():
    """Nothing that only a program would say stands in what the heirs read."""
    for life in LIVES.values():
        told = " ".join(
            block.text for part in letter(life).parts for block in part.blocks if isinstance(block, Paragraph)
        )
        assert "_" not in told
        assert "finding:" not in told
        assert "document:" not in told


@pytest.mark.parametrize(
    ("told", "amount"),
    [("waiting", 0), ("referred", 0), ("denied", 0), ("ordered", PAID), ("paid", PAID), ("withdrawn", 0)],
)
def test_the_signed_line_says_what_the_letter_says(told: str, amount: int):
    """Which letter it is, the sum that it names, the day and the record that stand on it."""
    file = signed_file(LIVES[told])
    statement, _ = read(file.signed_line)
    document = letter_of(file)
    assert (statement.claim, statement.says, statement.amount) == ("A-1", told, amount)
    assert statement.on == document.on
    assert f"{statement.partition}:{statement.position}" in document.foot


def test_the_line_of_what_was_paid_too_much_says_by_how_much():
    """That is the sum in the letter, not what is due."""
    statement, _ = read(signed_file(jkm_death().paid("A-1.1", PAID).withdrawn()).signed_line)
    assert (statement.says, statement.amount) == ("overpaid", PAID)


def test_the_code_stands_in_page_and_pdf():
    """The same code in both, beside the signature by hand; without a signed line there is none."""
    file = signed_file(LIVES["ordered"])
    told = text(letter_of(file))
    assert svg(file.signed_line) in told
    assert file.signed_line in told
    assert len(pdf(letter_of(file))) > len(pdf(letter(LIVES["ordered"])))
    assert "<svg" not in text(letter(LIVES["ordered"]))


@pytest.mark.skipif(
    not (shutil.which("pdftoppm") and shutil.which("zbarimg")), reason="needs poppler-utils and zbar-tools"
)
def test_a_reader_of_codes_reads_the_printed_letter(tmp_path: Path):
    """At the coarseness of a fax: what zbar reads is the line, letter by letter."""
    file = signed_file(LIVES["ordered"])
    (tmp_path / "letter.pdf").write_bytes(pdf(letter_of(file)))
    subprocess.run(["pdftoppm", "-r", "100", "-png", "letter.pdf", "letter"], cwd=tmp_path, check=True)
    pages = [file.name for file in sorted(tmp_path.glob("*.png"))]
    scanned = subprocess.run(
        ["zbarimg", "-q", "--raw", *pages], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert scanned.stdout.strip() == file.signed_line
