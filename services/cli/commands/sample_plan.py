"""``sample plan|check``: how large a sample must be, and a sample drawn again from its frame.

Neither needs a server.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from events.message import message
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.numbers import Amount, Share, TypedRate
from services.cli.output import console, show_json, tell
from services.cli.render.samples import show_drawn, show_plan
from services.engagements.samples import require_size
from services.sampling.attributes import NoSamplePlanError
from services.sampling.design import Allocation, SampleDesign
from services.sampling.frame import FrameError, file_hash, read_frame
from services.sampling.plan import Distribution, Method, SamplePlan, attribute_plan, monetary_plan
from services.texts.typed import read_share, read_share_of


def plan(
    method: Method,
    /,
    *,
    tolerable: TypedRate,
    expected: TypedRate = "0",
    confidence: Share = Fraction(95, 100),
    items: int | None = None,
    book: Amount | None = None,
    distribution: Distribution | None = None,
    json: bool = False,
) -> int:
    """Say how many items a sample needs and how many errors it may hold, with the formula and where it is published.

    Of a monetary-unit sample ``tolerable`` and ``expected`` are rupiah, or shares of the book.
    """
    if (method == "monetary-unit") != (book is not None):
        raise command_error("sample.book-for-rupiah", "sample.plan-example")
    if (distribution == "hypergeometric" and items is None) or (
        items is not None and distribution not in (None, "hypergeometric")
    ):
        raise command_error("sample.items-for-hypergeometric", "sample.plan-example")
    for count in (items, book):
        if count is not None and count < 1:
            raise command_error("sample.nothing-to-plan", "sample.plan-example")
    try:
        if book is not None:
            sample_plan = monetary_plan(
                book, read_share_of(tolerable, book), read_share_of(expected, book), confidence
            )
        else:
            rates = read_share(tolerable), read_share(expected)
            kind = distribution or ("binomial" if items is None else "hypergeometric")
            sample_plan = attribute_plan(kind, *rates, confidence, items=items or 0)
    except NoSamplePlanError as error:
        raise command_error("sample.no-size", "sample.other-rates", size=error.largest) from None
    except ValueError:
        raise command_error("sample.bad-rates", "sample.write-rates") from None
    _show(sample_plan, json=json)
    return OK


def _show(plan: SamplePlan, *, json: bool) -> None:
    if json:
        show_json(plan)
    else:
        show_plan(plan)


def check(
    frame: Path,
    /,
    *,
    seed: str,
    size: int,
    sha256: str = "",
    method: Method = "attribute",
    above: Amount = 0,
    allocation: Allocation = "items",
    json: bool = False,
) -> int:
    """Draw a sample again from the file of its frame, without server: the same items, whoever does it.

    --sha256 is the one that was recorded before the seed was known. Exit code 1, and nothing drawn, where the file has
    another; without it the SHA-256 of the file is only shown.
    """
    content = frame.read_bytes()
    digest, frozen = file_hash(content), sha256.strip().lower()
    if frozen and digest != frozen:
        if json:
            show_json({"sha256": digest, "frozen_sha256": frozen})
        else:
            tell(console(), message("sample.other-frame", found=digest, frozen=frozen))
        return FINDING
    try:
        items = read_frame(content)
    except FrameError as error:
        raise command_error(error.message.key, "sample.original-frame", file=frame) from None
    design = SampleDesign(
        method=method, confidence="1/2", tolerable="1/2", size=size, above=above, allocation=allocation
    )
    if method == "monetary-unit" and any(item.amount <= 0 for item in items):
        raise command_error("sample.no-rupiah", "sample.by-items")
    require_size(design, items)
    sample = design.draw(items, seed)
    if json:
        show_json({"sha256": digest, "items": len(items), "drawn": sample})
    else:
        show_drawn(
            sample,
            message("sample.drawn-from", sha256=digest, items=len(items), drawn=len(sample)),
        )
        if frozen:
            tell(console(), message("sample.same-frame"))
    return OK
