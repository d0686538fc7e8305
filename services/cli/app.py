"""The commands of ``kelambu``: their names and groups; what each does is in its module, its help in the texts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, Group, Parameter

from events.message import message
from services.cli.help import HelpPage
from services.texts.language import said

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
        "user add": "user:add",
        "user list": "user:listing",
        "user password": "user:password",
        "user roles": "user:roles",
        "user lock": "user:lock",
        "user unlock": "user:unlock",
        "user remove": "user:remove",
        "operations": "operations:operations",
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
        "quarantine discard": "quarantine:discard",
    },
    "ask": {
        "claim": "claim:claim",
        "claims": "claims:claims",
        "person": "person:person",
        "diff": "diff:diff",
        "explain": "explain:explain",
        "rulebook show": "rulebook:show",
        "rulebook others": "rulebook:others",
        "rulebook copy": "rulebook:copy",
        "rulebook bring": "rulebook:bring",
        "scholarships": "scholarships:scholarships",
        "payments due": "payments:due",
        "payments made": "payments:made",
        "payments sums": "payments:sums",
        "coverage": "coverage:coverage",
        "overview": "overview:overview",
        "agencies": "agencies:agencies",
        "agency report": "agency_report:report",
        "export claims": "export:export_claims",
        "export ledger": "export:export_ledger",
        "export agency-events": "export:export_agency_events",
        "export trail": "export:export_trail",
        "export tables": "export_tables:tables",
        "export check": "export_tables:check",
        "sql": "sql:sql",
    },
    "decide": {
        "work list": "work:listing",
        "work show": "work:show",
        "review": "review:review",
        "officer": "officer:officer",
        "release list": "release:listing",
        "release approve": "release:approve",
        "release refuse": "release:refuse",
        "release mode": "release:rearrange",
    },
    "audit": {
        "verify": "verify:verify",
        "origin": "origin:origin",
        "recall": "recall:recall",
        "whatif": "whatif:whatif",
        "exceptions": "exceptions:exceptions",
        "deadlines": "deadlines:deadlines",
        "controls": "controls:controls",
        "findings open": "findings:begin",
        "findings assess": "findings:assess",
        "findings follow-up": "findings:follow_up",
        "findings list": "findings:listing",
        "sample plan": "sample_plan:plan",
        "sample freeze": "sample:freeze",
        "sample seed": "sample:seed",
        "sample draw": "sample:draw",
        "sample extend": "sample:extend",
        "sample list": "sample:listing",
        "sample examine": "sample:examine",
        "sample evaluate": "sample:evaluate",
        "sample check": "sample_plan:check",
        "figure": "figure:figure",
        "claim-file": "claim_file:claim_file",
        "recheck": "recheck:recheck",
        "prove": "prove:prove",
        "verifier": "prove:verifier",
        "letter": "letter:letter",
        "engagement open": "engagement:begin",
        "engagement list": "engagement:listing",
        "engagement show": "engagement:show",
        "engagement close": "engagement:close",
        "trail": "trail:trail",
        "witness key": "witness:key",
        "witness add-log": "witness:add_log",
        "witness forget-key": "witness:forget_key",
        "witness run": "witness:run",
        "witness list": "witness:listing",
        "witness cosign": "witness:cosign",
    },
    "keep": {
        "projections status": "projections:status",
        "projections rebuild": "projections:rebuild",
        "parked list": "parked:listing",
        "parked show": "parked:show",
        "parked retry": "parked:retry",
        "parked discard": "parked:discard",
        "notary keys": "notary:keys",
        "notary rotate": "notary:rotate",
        "notary receive": "checkpoint:receive",
        "checkpoint": "checkpoint:checkpoint",
        "erase": "erase:erase",
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
