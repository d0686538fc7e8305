"""How a service begins: again and again, until its server stays."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from redis.exceptions import ConnectionError as Unreachable

from services.runtime.bootstrap import Installation
from services.runtime.run import _served

OPERATIONS = cast("Installation", None)


@pytest.mark.parametrize("fault", [Unreachable, ConnectionResetError, TimeoutError])
async def test_a_service_that_loses_its_server_begins_again(fault: type[Exception]):
    """Whatever it loses it by, the service is run anew until it ends as it was told to."""
    begun = 0

    async def service(_: Installation, stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise fault
        stop.set()

    await _served(service, OPERATIONS, asyncio.Event())
    assert begun == 3


async def test_a_service_that_is_told_to_stop_does_not_begin_again():
    """A server that is gone keeps nobody from stopping."""
    begun = 0

    async def service(_: Installation, stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        stop.set()
        raise Unreachable

    await _served(service, OPERATIONS, asyncio.Event())
    assert begun == 1


async def test_a_bug_ends_the_service():
    """What is no fault of a server is not tried again."""

    async def service(_: Installation, __: asyncio.Event) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await _served(service, OPERATIONS, asyncio.Event())
