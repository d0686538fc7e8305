"""Sentences about care and disability: what the hospital reports of a work accident."""

from __future__ import annotations

import datetime as dt

from services.scenarios.sentences import fact
from services.scenarios.story import Story, payee
from services.scenarios.values import DisabilityRow


@fact
def treated(story: Story, amount: int, provider: str) -> None:
    """Bill treatment at a provider that the registry knows."""
    story.item("treatment", amount=amount, provider=provider)


@fact
def refunded(story: Story, amount: int, name: str, number: str = "") -> None:
    """Refund treatment to who has paid for it."""
    story.item("treatment", amount=amount, payee=payee(name, number))


@fact
def transported(story: Story, mode: str, amount: int) -> None:
    """Bill transport by land, sea or air."""
    story.item("transport", mode=mode, amount=amount)


@fact
def unable(story: Story, first: dt.date, last: dt.date) -> None:
    """Report days without work, both days counted (STMB)."""
    story.item("incapacity", first_day=first, last_day=last)


@fact
def unable_days(story: Story, days: int, first: dt.date) -> None:
    """Report so many days without work (STMB)."""
    unable(story, first, first + dt.timedelta(days=days - 1))


@fact
def disabled(
    story: Story, part: DisabilityRow, percent: float | None = None, loss: float | None = None, units: int = 0
) -> None:
    """Report a row of the disability table."""
    fields: dict[str, object] = {"part": part.part}
    optional = {
        "side": part.side,
        "which": part.which,
        "percent": percent,
        "loss_percent": loss,
        "units": units,
    }
    fields |= {
        name: value for name, value in optional.items() if value or (value == 0.0 and name == "loss_percent")
    }
    story.item("disability", **fields)


@fact
def totally_disabled(story: Story) -> None:
    """Report permanent total disability."""
    story.item("total-disability")


@fact
def fitted(story: Story, device: str, amount: int, price: int = 0) -> None:
    """Bill a device."""
    story.item("device", device=device, amount=amount, **({"reference_price": price} if price else {}))


@fact
def cared_for(story: Story, amount: int, first: dt.date, last: dt.date) -> None:
    """Bill care at home."""
    story.item("homecare", amount=amount, first_day=first, last_day=last)


@fact
def stated(story: Story, state: str, on: dt.date) -> None:
    """Report how the injured person is."""
    story.find("rsud", latest=on, medical={"outcome": {"state": state, "on": on}})
