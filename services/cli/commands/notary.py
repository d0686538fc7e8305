"""``notary …``: the keys that sign the log and letters, and changing them."""

from __future__ import annotations

from pathlib import Path

from events.message import message
from services.cli.exit_codes import OK, command_error
from services.cli.opening import with_installation
from services.cli.output import agreed, console, errors, show_json, tell
from services.cli.trail_options import By, Reason, TrailOptions
from services.notary.key_changes import finish_rotation, rotate_keys
from services.notary.origins import current_origin
from services.notary.signing_keys import NotaryKey, read_keys, retiring
from services.runtime.bootstrap import Installation
from services.wording.terms import LanguageTexts, moment


def keys(*, json: bool = False, data: Path | None = None) -> int:
    """List every key by which the log and letters are signed, or were, as whoever checks them needs it."""

    async def work(installation: Installation) -> tuple[str, list[NotaryKey]]:
        return current_origin(installation.settings.log, installation.identity.id), read_keys(
            installation.settings.signing_keys
        )

    origin, notary_keys = with_installation(data, work)
    if json:
        show_json([_entry(one, origin) for one in notary_keys])
        return OK
    words = LanguageTexts()
    for one in notary_keys:
        key = "notary.key-until" if one.until else "notary.key-since"
        what = words.name("notary-key", f"{one.use}-{one.kind}")
        until = moment(one.until) if one.until else ""
        tell(console(), message(key, what=what, since=moment(one.since), until=until))
        console().print(str(one.verifier(origin)), soft_wrap=True)
    return OK


def rotate(
    *,
    finish: bool = False,
    by: By = None,
    reason: Reason = "",
    yes: bool = False,
    data: Path | None = None,
) -> int:
    """Let new keys sign beside those that sign now; --finish ends the earlier ones and destroys their private halves.

    In between tell every witness and auditor the new keys: `kelambu notary keys`.
    """
    if not reason.strip():
        raise command_error("notary.no-reason", "notary.give-reason")
    signature = TrailOptions(by=by, reason=reason).signature

    async def work(installation: Installation) -> tuple[str, list[NotaryKey]]:
        place = installation.settings.signing_keys
        origin = current_origin(installation.settings.log, installation.identity.id)
        if finish and not (yes or _agreed(retiring(place), origin)):
            return origin, []
        change = finish_rotation if finish else rotate_keys
        return origin, await change(installation, place, origin, signature)

    origin, changed = with_installation(data, work)
    if not changed:
        tell(console(), message("notary.nothing-done"))
        return OK
    tell(console(), message("notary.retired" if finish else "notary.added"))
    _show(changed, origin)
    return OK


def _agreed(ending: list[NotaryKey], origin: str) -> bool:
    """Show the keys that are about to end and ask whether they may."""
    tell(errors(), message("notary.about-to-end"))
    for one in ending:
        errors().print(str(one.verifier(origin)), soft_wrap=True)
    return agreed(message("notary.sure"))


def _show(keys: list[NotaryKey], origin: str) -> None:
    for one in keys:
        console().print(str(one.verifier(origin)), soft_wrap=True)


def _entry(key: NotaryKey, origin: str) -> dict[str, object]:
    return {
        "use": key.use,
        "kind": key.kind,
        "since": key.since,
        "until": key.until,
        "key": str(key.verifier(origin)),
    }
