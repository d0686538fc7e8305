"""How somebody who has no mouse uses a page.

Everything is reached by Tab, and what has the focus is seen to have it.
"""

from __future__ import annotations

from playwright.sync_api import ElementHandle, Locator, Page, expect

MOST_STOPS = 600
"""How often Tab may be pressed before it leads nowhere."""
_PLACES = """found => {
  const main = document.getElementById("main");
  return [main.contains(found), main.contains(document.activeElement)];
}"""
_SEEN = """found => {
  if (found !== document.activeElement) return "has not got the focus";
  const style = getComputedStyle(found), box = found.getBoundingClientRect();
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "does not show its focus";
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return "is out of sight";
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2);
  const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2);
  const above = document.elementFromPoint(x, y);
  const covered = above && !found.contains(above) && !above.contains(found) && getComputedStyle(above).position === "sticky";
  return covered ? "is covered" : "";
}"""
_STOPS = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
  const groups = new Set();
  return all.filter(one => {
    if (one.disabled || one.type === "hidden" || one.tabIndex < 0) return false;
    if (!one.checkVisibility({visibilityProperty: true})) return false;
    if (one.type !== "radio") return true;
    const group = [...document.querySelectorAll("input[type=radio]")].filter(o => o.name === one.name && o.form === one.form);
    if (groups.has(group[0])) return false;
    groups.add(group[0]);
    return true;
  }).map(one => (one.dataset.stop = String(groups.size) + "-" + String(all.indexOf(one))));
}"""
"""Marks what Tab must lead to, in its order, and returns the marks; a group of radio buttons is one stop."""
_AT = "document.activeElement.dataset.stop ?? ''"


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, and see that it has; past the menu where it stands in the content."""
    target.wait_for()
    found = target.element_handle()
    assert found is not None
    inside, already = page.evaluate(_PLACES, found)
    if inside and not already:
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement.className") != "skip":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    for _ in range(MOST_STOPS):
        if _is_there(page, found):
            break
        page.keyboard.press("Tab")
    wrong = page.evaluate(_SEEN, found)
    assert not wrong, f"{found.evaluate('one => one.outerHTML')[:200]} {wrong}"


def use(page: Page, target: Locator) -> None:
    """Go to a link, a button or a summary, and press Enter."""
    go_to(page, target)
    page.keyboard.press("Enter")


def write(page: Page, target: Locator, value: str) -> None:
    """Go to a field and write into it in place of what stands there."""
    go_to(page, target)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(value)
    expect(target).to_have_value(value)


def tick(page: Page, target: Locator) -> None:
    """Go to a box, or to a group of radio buttons and on by the arrows, and choose it with the space bar."""
    if target.get_attribute("type") == "radio":
        name, value = target.get_attribute("name"), target.get_attribute("value")
        group = page.locator(f"main input[type=radio][name='{name}']")
        checked = page.locator(f"main input[type=radio][name='{name}']:checked")
        go_to(page, checked.first if checked.count() else group.first)
        for _ in range(group.count()):
            if page.evaluate("document.activeElement.value") == value:
                break
            page.keyboard.press("ArrowDown")
    else:
        go_to(page, target)
    if not target.is_checked():
        page.keyboard.press("Space")
    expect(target).to_be_checked()


def every_stop(page: Page) -> list[str]:
    """Press Tab from the top of a page to its end; return what is wrong with where it led."""
    stops = list(page.evaluate(_STOPS))
    wrong, met = list[str](), list[str]()
    for _ in stops:
        page.keyboard.press("Tab")
        met.append(str(page.evaluate(_AT)))
        if fault := page.evaluate(f"({_SEEN})(document.activeElement)"):
            wrong.append(f"{page.evaluate('document.activeElement.outerHTML')[:120]} {fault}")
    if met != stops:
        at = next((n for n, pair in enumerate(zip(met, stops, strict=True)) if pair[0] != pair[1]), 0)
        wrong.append(f"stop {at} of {len(stops)} is {met[at] or 'nothing'} and not {stops[at]}")
    return wrong


def _is_there(page: Page, found: ElementHandle) -> bool:
    return bool(page.evaluate("found => found === document.activeElement", found))
