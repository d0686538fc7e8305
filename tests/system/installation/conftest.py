from __future__ import annotations

import asyncio

import pytest

from tests.system.installation.prepared import PREPARED, Prepared, prepare


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Two small installations, stopped, in which each has paid for one death."""
    place = tmp_path_factory.mktemp("installations")
    asyncio.run(prepare(place))
    return Prepared(*(place / name for name in PREPARED))
