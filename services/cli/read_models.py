"""Opening the read models for a question: no server is needed to look things up, but to look back at the whole book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from events.message import message
from projections.store import Store, View
from services.book.cut import Cut, FigureHandle, KnownOn, Recorded, cut_of
from services.book.read_models_as_of import Book, fill
from services.claims.moment import cut_asked, resolve
from services.cli.exit_codes import command_error
from services.cli.opening import with_installation
from services.cli.output import Steps
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation


def has_read_models(settings: Settings) -> bool:
    """Tell whether there is anything to look up: on PostgreSQL always, on SQLite once the file is there."""
    url = make_url(settings.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


@contextmanager
def read_models(data: Path | None) -> Iterator[View]:
    """Look at the read models of a data directory at one moment."""
    settings = Settings.read(data=data)
    if not has_read_models(settings):
        raise command_error("installation.no-read-models", "installation.name-directory", place=settings.data)
    with closing(Store(settings.database_url)) as store, store.view() as view:
        yield view


@contextmanager
def book(
    data: Path | None, known_on: KnownOn | None = None, true_on: dt.date | None = None
) -> Iterator[Book]:
    """Look at the read models as they are; or, where a moment is given, as they were: built anew from the ledger.

    They are built in a store of their own, which is gone afterwards; nothing of the installation changes.
    """
    if known_on is None and true_on is None:
        with read_models(data) as view:
            yield Book(view, cut_of(view))
        return

    async def build(installation: Installation) -> Cut:
        cut = await cut_asked(installation, known_on)
        with Steps() as steps, steps(message("look-back.building", cut=str(cut)), cut.events) as advanced:
            await fill(store, installation.ledger, cut, true_on, advanced=advanced)
        return cut

    with Store.temporary() as store:
        cut = with_installation(data, build)
        with store.view() as view:
            yield Book(view, cut, true_on)


def resolved(data: Path | None, known_on: KnownOn | None) -> Recorded | None:
    """Return the moment that ``--known-on`` names: of a figure its cut, from the audit trail.

    Only for that the installation is opened.
    """
    if not isinstance(known_on, FigureHandle):
        return known_on
    return with_installation(data, lambda installation: resolve(installation, known_on))
