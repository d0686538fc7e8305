"""The commands of ``kelambu``: their names and groups; what each does is in its module, its help in the texts."""

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
        "simulate": "simulate:simulate",
        "replay": "replay:replay",
        "scenarios": "scenarios:scenarios",
    },
    "operate": {
        "up": "up:up",
        "run": "run:run",
        "doctor": "doctor:doctor",
    },
    "exchange": {
        "agency add": "agency:add",
        "agency list": "agency:show",
        "agency key add": "agency_key:add",
        "agency key trust": "agency_key:trust",
        "agency key list": "agency_key:show",
        "agency key revoke": "agency_key:revoke",
        "agency key pair": "agency_key:pair",
        "publish": "publish:publish",
        "receipts": "receipts:receipts",
        "outcomes": "outcomes:outcomes",
        "quarantine list": "quarantine:listing",
        "quarantine show": "quarantine:show",
        "quarantine retry": "quarantine:retry",
    },
    "ask": {
        "claim": "claim:claim",
        "explain": "explain:explain",
        "scholarships": "scholarships:scholarships",
        "payments due": "payments:due",
        "payments sums": "payments:sums",
        "coverage": "coverage:coverage",
        "agencies": "agencies:agencies",
        "export": "export:export",
    },
    "audit": {
        "projections status": "projections:status",
        "projections rebuild": "projections:rebuild",
        "parked list": "parked:listing",
        "parked retry": "parked:retry",
        "parked discard": "parked:discard",
        "verify": "verify:verify",
        "whatif": "whatif:whatif",
        "origin": "origin:origin",
        "backup": "backup:backup",
        "restore": "restore:restore",
        "recover": "recover:recover",
    },
}
"""By the panel of the help: each command, and its function in a module of ``commands``."""


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
                f"{__package__}.commands.{place}",
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
