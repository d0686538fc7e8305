"""The commands of ``kelambu``: their names, groups and one line each; the work stands in a module per group."""

from __future__ import annotations

from importlib.metadata import version

from cyclopts import App, Group, Parameter

from services.cli.help import HelpPage
from services.cli.said import said

HELP = """Kelambu pays social-protection claims from what agencies report, so that anybody can check it later.

New here? `kelambu demo` plays a whole year in a regency of 45,000 participants, in a minute or two, and
`kelambu claim NUMBER` then tells the story of any claim.
"""
EPILOGUE = """Exit codes: 0 all is well, 1 something was found (a refusal, a difference), 2 the command could not run.
Add --lang en or --lang id to any command for English or Bahasa Indonesia; KELAMBU_LANG sets it for all.
Add --debug to any command for the technical report of an error: its kind and its places, nothing personal."""

_TRY = Group.create_ordered("Try it")
_OPERATE = Group.create_ordered("Run the services")
_AGENCIES = Group.create_ordered("Agencies and their messages")
_ASK = Group.create_ordered("Ask about claims")
_AUDIT = Group.create_ordered("Check and keep")


def build() -> App:
    """Return the command line; a command's module is loaded only when the command is used."""
    app = App(
        name="kelambu",
        help=said(HELP),
        help_epilogue=said(EPILOGUE),
        help_format="plaintext",
        help_formatter=HelpPage(),
        default_parameter=Parameter(negative_iterable=()),
        version=version("kelambu"),
        group_commands=Group.create_ordered("Help"),
        result_action="return_value",
    )
    here = "services.cli"

    def command(name: str, where: str, group: Group, text: str, parent: App | None = None) -> None:
        (parent or app).command(
            f"{here}.{where}", name=name, group=group if parent is None else None, help=text
        )

    def family(name: str, group: Group, text: str) -> App:
        child = App(name=name, group=group, help=text, result_action="return_value")
        app.command(child)
        return child

    command("demo", "demo:demo", _TRY, "Play a year of claims on a server of its own, and say how it ended.")
    command(
        "simulate",
        "messages:simulate",
        _TRY,
        "Write what the agencies of a made-up regency send, one JSON line each.",
    )
    command(
        "replay", "replay:replay", _TRY, "Decide a file of agency events offline: no server, the same rules."
    )
    command(
        "scenarios",
        "scenarios:scenarios",
        _TRY,
        "Run scenarios written as documents: what is known, what happens, what must come of it.",
    )

    command("up", "operate:up", _OPERATE, "Run every service, and a server too unless REDIS_URL names one.")
    command("run", "operate:run", _OPERATE, "Run one service, for a container or a supervisor of your own.")
    command("doctor", "doctor:doctor", _OPERATE, "Check that Kelambu can run here, and say what to mend.")

    agency = family("agency", _AGENCIES, "Register agencies and see who may send what.")
    command("add", "agencies:add", _AGENCIES, "Register an agency, or change what it may send.", agency)
    command("list", "agencies:show", _AGENCIES, "List the agencies and what each may send.", agency)
    key = App(name="key", help="The keys by which an agency is known.", result_action="return_value")
    agency.command(key)
    for name, text in (
        ("add", "Make an API key for an agency; it is shown once."),
        ("trust", "Trust what an agency signs with an ed25519 key."),
        ("list", "List every key that an agency ever had."),
        ("revoke", "Revoke a key at once."),
        ("pair", "Make a pair of keys to sign with."),
    ):
        work = "show" if name == "list" else name
        command(name, f"agency_keys:{work}", _AGENCIES, text, key)
    command(
        "publish", "publish:publish", _AGENCIES, "Send a file of events as an agency, and show each receipt."
    )
    command("receipts", "told:receipts", _AGENCIES, "Show what an agency was answered.")
    command("outcomes", "told:outcomes", _AGENCIES, "Show what became of the claims that an agency filed.")
    quarantine = family("quarantine", _AGENCIES, "Look at messages that were refused, and try them again.")
    command("list", "quarantine:listing", _AGENCIES, "List refused messages with their faults.", quarantine)
    command("show", "quarantine:show", _AGENCIES, "Show one refused message with all its faults.", quarantine)
    command("retry", "quarantine:retry", _AGENCIES, "Put refused messages back into the outbox.", quarantine)

    command("claim", "claim:claim", _ASK, "Tell where a claim stands, its money and its story.")
    command(
        "explain",
        "explanation:explain",
        _ASK,
        "Explain a claim from facts to rupiah, and the least change that would make it payable.",
    )
    command(
        "scholarships",
        "scholarships:scholarships",
        _ASK,
        "Show each child's scholarship: confirmed, paid, years left, missed, and what it may still cost.",
    )
    payments = family(
        "payments",
        _ASK,
        "The orders: which must be paid by a day, and which are late; and every sum, by benefit.",
    )
    command(
        "due", "due:payments_due", _ASK, "Show the orders due on a day, and those that are late.", payments
    )
    command(
        "sums",
        "reconciliation:sums",
        _ASK,
        "Show every sum by benefit and in total, and that they add up.",
        payments,
    )
    command("coverage", "coverage:coverage", _ASK, "Count participants, and paid months, month by month.")
    command("agencies", "traffic:agencies", _ASK, "Show what each agency sent, and what became of it.")
    command(
        "export",
        "export:export",
        _ASK,
        "Write claims, the ledger's events, or the agencies' events among them, as JSON lines.",
    )

    projections = family("projections", _AUDIT, "The read models: how far they are, and building them anew.")
    command(
        "status",
        "projections:status",
        _AUDIT,
        "Show how far each read model is behind the ledger.",
        projections,
    )
    command("rebuild", "projections:rebuild", _AUDIT, "Build a read model anew from the ledger.", projections)
    parked = family("parked", _AUDIT, "Persons whose events could not be decided.")
    command("list", "parked:listing", _AUDIT, "List parked persons and how much waits for each.", parked)
    command("retry", "parked:retry", _AUDIT, "Try a parked person's events again.", parked)
    command("discard", "parked:discard", _AUDIT, "Drop the oldest parked event of a person.", parked)
    command(
        "verify",
        "audit:verify",
        _AUDIT,
        "Check the ledger, every calculation, the read models and every rupiah.",
    )
    command(
        "whatif",
        "whatif:whatif",
        _AUDIT,
        "Judge every claim by another rulebook: who would get more or less, and why.",
    )
    command(
        "origin",
        "origins:origin",
        _AUDIT,
        "Check again who signed a claim's events, and write the evidence.",
    )
    for name, where, text in (
        ("backup", "audit:backup", "Copy ledger, keys, registry and positions at one cut."),
        ("restore", "recover:restore", "Bring a backup back, and prove it."),
        ("recover", "recover:recover", "Say which parts belong together, and put them together anew."),
    ):
        command(name, where, _AUDIT, text)
    return app
