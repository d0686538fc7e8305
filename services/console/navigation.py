"""The navigation: every page that is found from each other page, and who may see it. A new page is one line here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from services.ledger.user_accounts import Role, UserAccount


class NavigationEntry(Struct, frozen=True):
    """An address, the key of its name, its group, and the roles that may see it; none: everybody."""

    path: str
    name: str
    group: str
    roles: tuple[Role, ...] = ()


READERS: tuple[Role, ...] = ("auditor", "supervisor")
"""Who reads the whole book."""
ENTRIES: tuple[NavigationEntry, ...] = (
    NavigationEntry("/", "console.nav.start", "book"),
    NavigationEntry("/overview", "console.nav.overview", "book", READERS),
    NavigationEntry("/agencies", "console.nav.agencies", "book", (*READERS, "operator")),
    NavigationEntry("/rulebook", "console.nav.rulebook", "rules"),
    NavigationEntry("/what-if", "console.nav.whatif", "rules", READERS),
    NavigationEntry("/work", "console.nav.work", "work", ("officer", "supervisor", "auditor")),
    NavigationEntry("/letters", "console.nav.letters", "work", ("officer", "supervisor", "auditor")),
    NavigationEntry("/officers", "console.nav.officers", "audit", ("auditor", "supervisor")),
    NavigationEntry("/claims", "console.nav.claims", "book", ("auditor", "supervisor", "officer")),
    NavigationEntry("/payments", "console.nav.payments", "book", READERS),
    NavigationEntry("/releases", "console.nav.releases", "work", READERS),
    NavigationEntry("/deadlines", "console.nav.deadlines", "book", READERS),
    NavigationEntry("/difference", "console.nav.difference", "audit", READERS),
    NavigationEntry("/exceptions", "console.nav.exceptions", "audit", READERS),
    NavigationEntry("/controls", "console.nav.controls", "audit", READERS),
    NavigationEntry("/findings", "console.nav.findings", "audit", READERS),
    NavigationEntry("/samples", "console.nav.samples", "audit", READERS),
    NavigationEntry("/engagements", "console.nav.engagements", "audit", READERS),
    NavigationEntry("/reading-log", "console.nav.reading-log", "audit", READERS),
    NavigationEntry("/figures", "console.nav.figures", "audit", READERS),
    NavigationEntry("/log", "console.nav.log", "audit", READERS),
    NavigationEntry("/exports", "console.nav.exports", "audit", READERS),
    NavigationEntry("/sql", "console.nav.sql", "audit", READERS),
    NavigationEntry("/operations", "console.nav.operations", "operate", ("operator", "supervisor")),
    NavigationEntry("/accounts", "console.nav.accounts", "operate", ("operator",)),
)
_PAST = re.compile(
    r"/(overview|deadlines(/orders|/acts)?|exceptions|payments)|/(claims|agencies|controls|exports|sql)(/[^/]+)?|/persons/[^/]+|/claims/[^/]+/letter(/names)?"
    r"|/controls/[^/]+/open"
)
"""The pages that show the book at another moment too; the others know only now."""
GROUPS = ("work", "book", "audit", "rules", "operate")
"""The groups in their order; each has a name under ``console.nav-group``."""


def entries_for(
    account: UserAccount | None, path: str
) -> Sequence[tuple[str, Sequence[tuple[NavigationEntry, bool]]]]:
    """Return the entries that an account may see, by group, each with whether its page is the one of this path."""
    if account is None:
        return ()
    allowed = [one for one in ENTRIES if not one.roles or not set(one.roles).isdisjoint(account.roles)]
    return [
        (group, [(one, _is_at(path, one.path)) for one in allowed if one.group == group])
        for group in GROUPS
        if any(one.group == group for one in allowed)
    ]


def _is_at(path: str, entry: str) -> bool:
    return path == entry or (entry != "/" and path.startswith(f"{entry}/"))


def has_past(path: str) -> bool:
    """Tell whether a page shows the book at another moment too."""
    return _PAST.fullmatch(path) is not None
