"""Read models that cannot be used are named with what to do, and built anew; no service starts again and again."""

from __future__ import annotations

from pathlib import Path

from projections.catalogue import PROJECTIONS
from projections.compare import compare
from projections.runner import Runner
from projections.store import Store
from services.runtime.halts import halted
from services.runtime.health import readiness
from services.runtime.parallel_rebuild import build_shared
from tests.lives import Life
from tests.small_installation import SmallInstallation
from tests.system.running import running_installation, until


async def test_read_models_that_cannot_be_used_are_named_and_built_anew(tmp_path: Path) -> None:
    """The projector halts with what to do and ready says it.

    `projections rebuild` sets them aside and builds from the ledger. As several processes do, each of its own
    partitions.
    """
    async with running_installation(tmp_path, partitions=2) as running:
        small = SmallInstallation(running.installation.core, running.installation.ledger, tmp_path)
        await small.live(Life().insured())
        running.start("projector")
        url = running.installation.settings.database_url
        await until(lambda: _caught_up(url), "the read models have caught up")
        running.stop()
        _spoil(tmp_path / "read-models.db")

        running.start("projector")

        async def halts() -> str | None:
            running.look_after()
            return halted(tmp_path).get("projector")

        assert "kelambu projections rebuild" in await until(halts, "the projector halts")
        assert not (await readiness(running.installation)).ok
        running.stop()
        output = running.command("projections", "rebuild").decode()
        assert "read-models.db.2" in output
        assert _kept(tmp_path)
        assert (await readiness(running.installation)).ok
        store = Store(url)
        assert await compare(store, running.installation.ledger, PROJECTIONS) == []
        for projection in PROJECTIONS:
            store.rebuild(projection, running.installation.ledger.partitions)
        await build_shared(running.installation, processes=2)
        heads = await running.installation.heads()
        built = [(build.number, list(build.positions.values())) for build in store.builds()]
        assert built == [(2, heads)] * len(PROJECTIONS)
        await Runner(store, running.installation.ledger, PROJECTIONS).catch_up()
        assert await compare(store, running.installation.ledger, PROJECTIONS) == []
        store.close()


async def _caught_up(url: str) -> bool:
    store = Store(url)
    try:
        return bool(builds := store.builds()) and all(sum(b.positions.values()) for b in builds)
    finally:
        store.close()


def _kept(data: Path) -> bool:
    return any(path.name.startswith("read-models.db.2") for path in data.iterdir())


def _spoil(file: Path) -> None:
    file.write_bytes(b"this was a database" * 1000)
