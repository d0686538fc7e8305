"""The commands of ``kelambu``: their names and groups; what each does stands in its module, its help in the texts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, Group, Parameter

from events.message import message
from services.cli.help import HelpPage
from services.cli.language import said

COMMANDS: dict[str, dict[str, str]] = {
    "try": {
        "demo": "demo:demo",
        "simulate": "messages:simulate",
        "replay": "replay:replay",
        "scenarios": "scenarios:scenarios",
    },
    "operate": {
        "up": "operate:up",
        "run": "operate:run",
        "doctor": "doctor:doctor",
    },
    "exchange": {
        "agency add": "agencies:add",
        "agency list": "agencies:show",
        "agency key add": "agency_keys:add",
        "agency key trust": "agency_keys:trust",
        "agency key list": "agency_keys:show",
        "agency key revoke": "agency_keys:revoke",
        "agency key pair": "agency_keys:pair",
        "publish": "publish:publish",
        "receipts": "told:receipts",
        "outcomes": "told:outcomes",
        "quarantine list": "quarantine:listing",
        "quarantine show": "quarantine:show",
        "quarantine retry": "quarantine:retry",
    },
    "ask": {
        "claim": "claim:claim",
        "explain": "explanation:explain",
        "scholarships": "scholarships:scholarships",
        "payments due": "due:payments_due",
        "payments sums": "reconciliation:sums",
        "coverage": "coverage:coverage",
        "agencies": "traffic:agencies",
        "export": "export:export",
    },
    "audit": {
        "projections status": "projections:status",
        "projections rebuild": "projections:rebuild",
        "parked list": "parked:listing",
        "parked retry": "parked:retry",
        "parked discard": "parked:discard",
        "verify": "audit:verify",
        "whatif": "whatif:whatif",
        "origin": "origins:origin",
        "backup": "audit:backup",
        "restore": "recover:restore",
        "recover": "recover:recover",
    },
}
"""By the panel of the help in which they stand: each command, and its function in a module of this room."""


def build() -> App:
    """Return the command line; a command's module is loaded only when the command is used."""
    panels = {title: Group.create_ordered(title) for title in COMMANDS}
    root = App(
        name="kelambu",
        help="help.summary",
        help_epilogue=said(message("help.epilogue")),
        help_format="plaintext",
        help_formatter=HelpPage(),
        default_parameter=Parameter(negative_bool=(), negative_iterable=()),
        version=version("kelambu"),
        group_commands=Group.create_ordered("help"),
        result_action="return_value",
    )
    for title, commands in COMMANDS.items():
        for words, place in commands.items():
            *family, name = words.split()
            _family(root, family, panels[title]).command(
                f"{__package__}.{place}",
                name=name,
                group=None if family else panels[title],
                help=_summary(*family, name),
                help_formatter=HelpPage(*family, name),
            )
    return root


def _family(root: App, words: Sequence[str], panel: Group) -> App:
    """Return the family of commands of these words; it is made for its first command."""
    if not words:
        return root
    *above, name = words
    parent = _family(root, above, panel)
    if name not in parent:
        group = None if above else panel
        parent.command(App(name=name, group=group, help=_summary(*words), result_action="return_value"))
    return parent[name]


def _summary(*words: str) -> str:
    """Return the key of what a command does."""
    return ".".join(("help", *words, "summary"))
