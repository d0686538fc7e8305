"""Opening the read models for a question: no server is needed to look things up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from projections.store import Store, View
from services.cli.exit_codes import command_error
from services.platform.settings import Settings


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
