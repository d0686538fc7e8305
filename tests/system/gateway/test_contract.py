"""The contract as the gateway serves it: without a key, as it was published, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

from services.gateway.contract import PUBLISHED
from services.gateway.problems import STATUS
from services.texts.catalogue import text
from tests.system.gateway.answering import answering


async def test_what_was_published_is_served_and_nothing_else(tmp_path: Path):
    """Every file byte for byte; a path that leads elsewhere leads nowhere."""
    files = [file.relative_to(PUBLISHED).as_posix() for file in PUBLISHED.rglob("*") if file.is_file()]
    async with answering(tmp_path) as gateway, gateway.client("") as nobody:
        for file in files:
            answer = await nobody.get(f"/{file}")
            assert (answer.status_code, answer.content) == (200, (PUBLISHED / file).read_bytes())
        for name in ("openapi.json", "asyncapi.json"):
            assert (await nobody.get(f"/v1/{name}")).content == (PUBLISHED / name).read_bytes()
        page = await nobody.get("/docs", follow_redirects=True)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        again = await nobody.get(page.url.path, headers={"if-none-match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        for path in (
            "/docs/../application.py",
            "/docs/%2e%2e/words.py",
            "/schemas/..%2fopenapi.json",
            "/docs/no",
        ):
            assert (await nobody.get(path)).status_code == 404


async def test_every_type_of_a_problem_leads_somewhere(tmp_path: Path):
    """Its address tells it in both languages."""
    async with answering(tmp_path) as gateway, gateway.client("") as nobody:
        for name, status in STATUS.items():
            answer = await nobody.get(f"/problems/{name}")
            assert answer.text.splitlines()[0] == f"{status} {name}"
            title = text(f"problem.{name}.title")
            assert title.en in answer.text
            assert title.id in answer.text
