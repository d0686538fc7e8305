"""The letter about a claim to the family: in either language, on the page, as a PDF, with names for a reason.

And one that is brought.
"""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from events.message import LANGUAGES, Language, message
from services.claim_file.assembly import assemble, in_clear
from services.claim_file.contents import ClaimFile
from services.claim_file.document import PrintedDocument, plain
from services.claim_file.handing_out import record_handed_out
from services.claim_file.pages import page as printed
from services.claim_file.pdf import pdf
from services.claim_file.result import calculated
from services.claim_file.signing import CheckedLetter, check_letter, with_signed_line
from services.claims.moment import as_of, end_of, resolve, unrecorded
from services.console.access import allowed
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.figures import judge_claim
from services.console.forms import form_error
from services.console.pages.opened import show_once
from services.console.rendering import attachment, command_line, page
from services.letters.statement import FORMAT, LetterTextError
from services.wording.letter import check_lines, letter_document
from services.wording.terms import LanguageTexts

_READS = allowed("officer", "supervisor", "auditor")


@get("/claims/{claim:str}/letter", guards=[_READS], sync_to_thread=True)
def letter(claim: FromPath[str], console: Console) -> Response[str] | Response[bytes]:
    """Show the letter as it would be written now, names left blank; ``?in=`` says in which language."""
    file = _file(console, claim)
    judge_claim(console, claim)
    document = _letter(console, file, console.one("in"))
    if console.one("format") == "pdf":
        return _pdf(console, file, document)
    return page(
        console, "letter.html", document=plain(document), clear=False, command=_command(console, claim)
    )


@post(
    "/claims/{claim:str}/letter/names",
    guards=[_READS],
    form="/claims/{claim}/letter",
    keeps=("in",),
    sync_to_thread=True,
)
def letter_with_names(claim: FromPath[str], console: Console) -> Response[None] | Response[bytes]:
    """Show the letter once with the names of the claim's own events, for a reason that is recorded."""
    fields = console.fields
    reason = fields.needed("reason", "console.letter.no-reason")
    fields.done()
    file = console.run(in_clear(console.installation, _file(console, claim)))
    document = _letter(console, file, console.sent("in"))
    if console.sent("format") == "pdf":
        return _pdf(console, file, document, reason)
    _record(console, file, "letter", printed(document), reason)
    judge_claim(console, claim)
    answer = page(
        console, "letter.html", document=plain(document), clear=True, command=_command(console, claim)
    )
    return show_once(console, answer)


@get("/letters", guards=[_READS], sync_to_thread=True)
def brought(console: Console) -> Response[str]:
    """Tell whether the fund has said what a letter says, by the text of its code.

    It opens nothing, and is not recorded.
    """
    text = console.one("text")
    checked: CheckedLetter | None = None
    if text:
        try:
            checked = console.run(check_letter(console.installation, text))
        except LetterTextError as error:
            raise form_error(error, "text") from None
    return page(
        console,
        "letters.html",
        text=text,
        checked=checked,
        lines=list(check_lines(checked, console.words)) if checked else [],
        command=command_line("letter", {"check": text or f"{FORMAT}|…"}),
    )


def _file(console: ConsoleContext, claim: str) -> ClaimFile:
    file = console.run(assemble(console.installation, claim))
    if file is None:
        raise missing(message("unknown-claim.sentence", claim=claim))
    if console.looks_back:
        last = file.decoded()[-1].position or 0
        known_on = console.run(resolve(console.installation, console.known_on))
        end = console.run(end_of(console.installation, file.partition))
        point = as_of(known_on, console.true_on, claim, file.partition, last, end)
        file = console.run(assemble(console.installation, claim, point))
    if file is None:
        raise unrecorded(claim, console.true_on)
    return file


def _letter(console: ConsoleContext, file: ClaimFile, language_code: str) -> PrintedDocument:
    language: Language = next((one for one in LANGUAGES if one == language_code), console.language)
    result, _, rulebook = calculated(file)
    file = with_signed_line(console.installation, file, result)
    return letter_document(file, result, LanguageTexts(language, rulebook.scheme), rulebook.name)


def _pdf(
    console: ConsoleContext, file: ClaimFile, document: PrintedDocument, reason: str = ""
) -> Response[bytes]:
    name, content = f"{file.claim}.pdf", pdf(document)
    _record(console, file, name, content, reason)
    return attachment(content, name, "application/pdf")


def _record(console: ConsoleContext, file: ClaimFile, name: str, content: bytes, reason: str) -> None:
    signature = console.signature(reason)
    what = f"letter {file.claim}"
    console.run(
        record_handed_out(console.installation, file, what, name, content, signature, console.true_on)
    )


def _command(console: ConsoleContext, claim: str) -> str:
    return command_line(f"letter {claim}", console.moment_options)


routes = (letter, letter_with_names, brought)
