"""``letter NUMBER``: the letter about a claim to those whose claim it is, on the terminal, as a page or as a PDF."""

from __future__ import annotations

from pathlib import Path

from events.message import message
from services.audit_trail.records import AnswerShown
from services.claim_file.contents import ClaimFile
from services.claim_file.document import PrintedDocument
from services.claim_file.pages import page
from services.claim_file.pdf import pdf
from services.claim_file.result import calculated
from services.claim_file.signing import CheckedLetter, check_letter, with_signed_line
from services.cli.book_options import NOW, BookOptions
from services.cli.commands.claim_file import claim_file_of, record_written
from services.cli.exit_codes import FINDING, OK, CommandError, command_error
from services.cli.figures import record_look
from services.cli.opening import with_installation
from services.cli.output import console, show_json, tell
from services.cli.render.document import show_document
from services.cli.trail_options import require_reason
from services.figures.figure import concerning_claim
from services.letters.statement import LetterTextError
from services.platform.durability import private_file
from services.runtime.bootstrap import Installation
from services.wording.letter import check_lines, letter_document
from services.wording.terms import LanguageTexts

_WRITTEN = {".html": page, ".pdf": pdf}


def letter(
    number: str = "",
    /,
    *,
    check: str = "",
    out: Path | None = None,
    clear: bool = False,
    of: BookOptions = NOW,
) -> int:
    """Write the letter about a claim to the heirs or the participant: what is paid and why, by when, what is missing.

    Names are left blank, to be filled in by hand, unless --clear opens them. With --check and the text of the code on
    a letter: whether the fund has said so, and says so still; exit code 1 if it has not.
    """
    if bool(number) == bool(check):
        raise command_error("letter.which", "letter.for-example")
    if check:
        return _check(check, of)
    require_reason(of.trail, opens=clear)
    if out is not None and out.suffix.lower() not in _WRITTEN:
        raise command_error("letter.ending", "letter.name-it", place=out)
    if out is not None and out.exists():
        raise command_error("claim-file.is-there", "claim-file.name-another", place=out)

    async def work(installation: Installation) -> PrintedDocument:
        file = await claim_file_of(installation, number, of, clear=clear)
        document = letter_of(file, installation)
        if out is not None or clear:
            name = out.name if out else "letter"
            await record_written(installation, file, f"letter {number}", name, page(document), of)
        elif of.trail.signed:
            parameters, concerns = (
                {"claim": number},
                await concerning_claim(installation, number, of.trail.engagement),
            )
            record = AnswerShown(query="letter", parameters=parameters, true_on=of.true_on, concerns=concerns)
            await record_look(installation, record, of.trail)
        return document

    document = with_installation(of.data, work)
    if out is not None:
        with private_file(out, new=True) as output:
            output.write(_WRITTEN[out.suffix.lower()](document))
    if of.json:
        show_json(document)
    elif out is None:
        show_document(document)
    else:
        tell(console(), message("letter.written", claim=number, place=out))
    return OK


def _check(text: str, of: BookOptions) -> int:
    async def work(installation: Installation) -> CheckedLetter:
        checked = await check_letter(installation, text)
        if of.trail.signed:
            claim = checked.statement.claim
            concerns = await concerning_claim(installation, claim, of.trail.engagement)
            record = AnswerShown(query="letter", parameters={"claim": claim}, concerns=concerns)
            await record_look(installation, record, of.trail)
        return checked

    try:
        checked = with_installation(of.data, work)
    except LetterTextError as error:
        raise CommandError(error.message) from None
    if of.json:
        show_json(checked)
    else:
        for line in check_lines(checked, LanguageTexts()):
            tell(console(), line)
    return OK if checked.genuine else FINDING


def letter_of(file: ClaimFile, installation: Installation | None = None) -> PrintedDocument:
    """Return the letter of a claim in the language of the command; signed by an installation that has a letter key."""
    result, _, rulebook = calculated(file)
    if installation is not None:
        file = with_signed_line(installation, file, result)
    return letter_document(file, result, LanguageTexts(scheme=rulebook.scheme), rulebook.name)
