"""Charts: what is drawn has the lengths of its values, a title and a description, and nothing that a policy forbids."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from services.console.charts import Chart, Series, bars, columns, lines, multiples, waterfall
from services.wording.terms import LanguageTexts, number


def chart(*values: int, name: str = "c", other: tuple[int, ...] | None = None) -> Chart:
    series = [Series("one", values)] + ([Series("two", other)] if other else [])
    return Chart(
        name=name,
        title="<Claims> & money",
        description="In the table below.",
        categories=tuple(f"<{n}>" for n in range(len(values))),
        series=tuple(series),
        write=number,
    )


def drawn(markup: Markup) -> ET.Element:
    """The chart read as XML: whatever is not escaped is no XML."""
    return ET.fromstring(markup)  # noqa: S314 -- our own


def lengths(markup: Markup, side: str) -> list[float]:
    """How long each value is drawn; the marks of a legend are left out."""
    (svg,) = [one for one in drawn(markup).iter("svg") if one.get("role") == "img"]
    return [float(str(one.get(side))) for one in svg.iter("rect")]


def test_columns_are_as_tall_as_their_values():
    """And nothing is drawn of nothing."""
    one, two = lengths(columns(chart(5, 0, 10)), "height")
    assert two == pytest.approx(2 * one, abs=0.2)


def test_bars_are_as_long_as_their_values_and_say_them():
    """Each value is written behind its bar."""
    markup = bars(chart(1_000, 4_000))
    one, two = lengths(markup, "width")
    assert two == pytest.approx(4 * one, abs=0.2)
    assert ">4.000<" in markup


def test_a_waterfall_leads_from_the_first_value_to_the_last():
    """Each step begins where the one before it ended, is as long as it is, and is signed.

    Those down are drawn otherwise.
    """
    markup = waterfall(chart(1_000, 3_000, -2_000, 2_000))
    first, up, down, last = lengths(markup, "width")
    (start, *lefts) = lengths(markup, "x")
    assert up == pytest.approx(3 * first, abs=0.2)
    assert down == last == pytest.approx(2 * first, abs=0.2)
    assert lefts == [pytest.approx(start + first, abs=0.2), pytest.approx(start + last, abs=0.2), start]
    assert re.findall(r">([-+]?[0-9.]+)</text>", markup) == ["1.000", "+3.000", "-2.000", "2.000"]
    assert re.findall('rect class="([^"]+)"', markup) == ["series-1", "series-2", "series-3", "series-1"]


def test_a_waterfall_of_nothing_is_drawn_without_bars():
    """A book that had nothing and has nothing."""
    assert lengths(waterfall(chart(0, 0)), "width") == []


def test_small_multiples_have_one_scale():
    """Half of another's greatest value is drawn half as high."""
    tops = [
        min(float(point.split(",")[1]) for point in points.split())
        for points in re.findall(r'points="([^"]+)"', multiples([chart(1, 10), chart(1, 5, name="d")]))
    ]
    base = 96 - 6
    assert base - tops[0] == pytest.approx(2 * (base - tops[1]), abs=0.3)


@pytest.mark.parametrize("draw", [columns, lines, bars, lambda one: multiples([one])])
def test_a_chart_says_what_it_is_and_holds_no_style(draw):
    """Words are escaped; a title is there for whoever does not see it; no style and no script stands in it."""
    markup = draw(chart(3, 2, other=(1, 2)))
    assert drawn(markup) is not None
    assert "&lt;Claims&gt; &amp; money" in markup
    assert "In the table below." in markup
    assert not re.search(r"style=|<script|<style|on\w+=", markup)


def test_series_are_named_where_there_are_several():
    """Not by colour alone: each has its own class, which differs in outline too."""
    markup = columns(chart(3, 2, other=(1, 2)))
    assert [one.get("class") for one in drawn(markup).iter("ul")] == ["legend"]
    assert 'class="series-2"' in markup
    assert drawn(columns(chart(3, 2))).find("ul") is None


@given(values=st.lists(st.integers(0, 10**15), min_size=0, max_size=40))
def test_any_values_can_be_drawn(values: list[int]):
    """Also none, and nothing but zeros; no axis has more than a few marks."""
    for draw in (columns, lines, bars):
        assert len(list(drawn(draw(chart(*values))).iter("line"))) <= 7


@pytest.mark.parametrize(
    ("money", "told"),
    [
        (42_000_000, "Rp42 jt"),
        (1_250_000_000, "Rp1,3 M"),
        (1_249_999_999, "Rp1,2 M"),
        (999_949_999, "Rp999,9 jt"),
        (999_950_000, "Rp1 M"),
        (-1_250_000_000, "-Rp1,3 M"),
        (950_000, "Rp950.000"),
        (1_999_999, "Rp2 jt"),
        (12_000_000_000_000, "Rp12.000 M"),
    ],
)
def test_amounts_on_an_axis_are_short(money: int, told: str):
    """Rounded half up to one decimal, also into the next unit; less than nothing carries its sign."""
    assert LanguageTexts("id").short_amount(money) == told
