"""The witness over HTTP: ``POST /add-checkpoint``, as C2SP ``tlog-witness`` has it, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import structlog
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from events.message import message
from services.gateway.bodies import Gone, Receive, read_body
from services.gateway.problems import Problem
from services.notary.notes import lines
from services.texts.catalogue import render
from services.witness.cosigning import Verdict, Witness, WitnessAnswer
from services.witness.store import WitnessStoreError

Answer: TypeAlias = tuple[int, str, str]

STATUS: Mapping[Verdict, int] = {
    "cosigned": 200,
    "malformed": 400,
    "shrinking": 400,
    "untrusted": 403,
    "unknown-log": 404,
    "elsewhere": 409,
    "fork": 409,
    "unproven": 422,
}
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"

log = structlog.get_logger()


def application(witness: Witness) -> ASGI3Application:
    """Return the application of a witness."""

    async def answer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            return
        try:
            status, kind, body = await _answered(
                witness, cast("dict[str, Any]", scope), cast("Receive", receive)
            )
        except Gone:
            return
        content = body.encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    return answer


async def _answered(witness: Witness, scope: dict[str, Any], receive: Receive) -> Answer:
    if scope["path"] != "/add-checkpoint":
        return 404, TEXT, _said("no-path")
    if scope["method"] != "POST":
        return 405, TEXT, _said("no-path")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        data = await read_body(receive, headers)
    except Problem as problem:
        return problem.status, TEXT, _said("no-body")
    try:
        return _told(await asyncio.to_thread(witness.judge, data))
    except WitnessStoreError as error:
        log.exception("witness.failed", reason=str(error))
        return 503, TEXT, _said("not-now")


def _told(judgement: WitnessAnswer) -> Answer:
    status = STATUS[judgement.verdict]
    if judgement.verdict == "cosigned":
        return status, TEXT, lines(judgement.signatures)
    if status == 409:
        return status, SIZE, f"{judgement.size}\n"
    if judgement.why is not None:
        return status, TEXT, f"{render(judgement.why, 'en')}\n"
    return status, TEXT, _said(judgement.verdict)


def _said(key: str) -> str:
    return f"{render(message(f'witness.{key}'), 'en')}\n"
