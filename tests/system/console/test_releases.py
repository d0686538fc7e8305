"""Orders that wait for a named person, in the console: chosen, confirmed, decided; four eyes; two at once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import httpx
import pytest

from services.disbursement.release_mode import arrange
from services.disbursement.waiting import WaitingList, waiting
from tests.consoles import PATIENCE_SECONDS, RunningConsole, post, running_console
from tests.lives import Life, heir
from tests.system.console.test_programme_pages import figures

LATER = "R-2025-00017"
ORDERS = ("R-1.1", "R-2.1", f"{LATER}.1", "R-3.1")


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """Orders leave by name; the claim R-3 was reviewed by the account of the supervisor."""
    deaths = [death(f"R-{number}", reviewed=number == 3) for number in (1, 2, 3)]
    deaths.append(death(LATER, reviewed=False))
    with running_console(Path(tmp_path_factory.mktemp("releases")), *deaths) as console:
        console.add_account("rina", "supervisor", agency="bpjs")
        console.run(arrange(console.installation, "named", "kepala", "surat bupati", lambda: True))
        console.live()
        yield console


def death(claim: str, *, reviewed: bool) -> Life:
    life = Life(f"16060101017099{claim[-1:]}9").insured().filed(claim).died(claim=claim)
    life = life.heirs(heir(), claim=claim)
    return life.reviewed("approve", claim=claim, officer="Supervisor") if reviewed else life


def listed(console: RunningConsole) -> WaitingList:
    store = console.installation.read_models()
    try:
        with store.view() as view:
            return waiting(view)
    finally:
        store.close()


def decide(console: RunningConsole, client: httpx.Client, confirm: str, **fields: str) -> httpx.Response:
    """Send the form of the page that confirms, and let the decider decide meanwhile; the read models follow."""
    page = client.get(confirm).text
    hidden = re.findall(r'type="hidden" name="(decision|seen|order)" value="([^"]*)"', page)
    orders = [value for name, value in hidden if name == "order"]
    return sent(console, client, confirm, {**dict(hidden), **fields}, orders)


def sent(
    console: RunningConsole, client: httpx.Client, page: str, fields: dict[str, str], orders: Sequence[str]
) -> httpx.Response:
    secret = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert secret is not None
    form = {"csrf": secret[1], **fields, "order": list(orders)}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, "/releases/decide", data=form)
        while not answer.done():
            console.live()
    return answer.result()


def must_act(client: httpx.Client, claim: str) -> bool:
    """Whether the page of a claim says that a supervisor must act before its order leaves.

    The list of claims says the same.
    """
    row = re.search(rf'href="/claims/{claim}">.*?</tr>', client.get("/claims").text, re.DOTALL)
    assert row is not None
    listed_so = "penyelia" in row[0] and "persetujuan pengiriman: Rp" in row[0]
    said_so = (
        f"Penyelia harus bertindak: perintah bayar {claim}.1 baru dikirim setelah penyelia menyetujuinya"
        in client.get(f"/claims/{claim}").text
    )
    assert listed_so == said_so
    return said_so


def became(console: RunningConsole, client: httpx.Client, answer: httpx.Response) -> str:
    """What became of a decision, once it is recorded."""
    assert answer.status_code == 303, answer.text
    until = time.monotonic() + PATIENCE_SECONDS
    while "refresh" in (page := client.get(answer.headers["location"])).headers:
        assert time.monotonic() < until, page.text
        console.live()
    return page.text


def test_a_supervisor_lets_orders_leave_and_who_comes_second_is_told(named: RunningConsole):
    """The list with its total, the confirmation with its own, what became of it; not what the reader reviewed."""
    client, other = named.signed_in("supervisor"), named.sign_in(named.nobody(), "rina")
    page = client.get("/releases").text
    found = listed(named)
    assert figures(page)["releases.amount"] == found.amount
    assert figures(page)["releases.count"] == len(found.orders)
    assert tuple(one.order for one in found.orders) == ORDERS
    every = re.findall(r'name="seen" value="([^"]+)"', page)
    assert "Rp126.000.000" in client.get(f"/releases/confirm?all=1&seen={every[0]}").text
    assert must_act(client, "R-1")
    assert figures(client.get("/").text)["waits.approval"] == len(ORDERS)
    chosen = re.findall(r'type="checkbox" form="choose" name="order" value="([^"]+)"', page)
    assert chosen == ["R-1.1", "R-2.1", f"{LATER}.1"]
    assert "orang yang sama sudah memutus klaimnya" in page
    address = "/releases/confirm?decision=approve&order=R-1.1&order=R-2.1"
    confirm = client.get(address).text
    assert "Rp84.000.000" in confirm
    late = other.get("/releases/confirm?decision=approve&order=R-1.1").text
    answer = decide(named, client, address, reason="daftar diperiksa")
    told = became(named, client, answer)
    assert figures(told)["recorded.orders"] == 2
    assert figures(told)["recorded.amount"] == 84_000_000
    assert client.get(answer.headers["location"]).text == told
    hidden = dict(re.findall(r'type="hidden" name="(decision|seen|order)" value="([^"]*)"', late))
    second = sent(
        named, other, "/releases/confirm?decision=approve&order=R-3.1", hidden | {"reason": "x"}, ["R-1.1"]
    )
    assert second.status_code == 409
    assert "Tidak ada yang disetujui" in second.text
    assert {one.order for one in listed(named).leaving} == {"R-1.1", "R-2.1"}
    assert not must_act(client, "R-1")
    assert must_act(client, "R-3")
    assert figures(client.get("/").text)["waits.approval"] == 2
    page = client.get("/releases").text
    assert figures(page)["releases.amount"] == 84_000_000
    assert "2 perintah bayar lagi, Rp84.000.000" in page
    assert client.get(f"/releases/confirm?all=1&seen={every[0]}").status_code == 409


def test_who_reviewed_is_refused_although_they_say_otherwise(named: RunningConsole):
    """The decider refuses, whatever a form says; another supervisor may refuse it, and approve it then."""
    client, other = named.signed_in("supervisor"), named.sign_in(named.nobody(), "rina")
    answer = decide(named, client, "/releases/confirm?decision=approve&order=R-3.1", reason="x")
    told = unescape(became(named, client, answer))
    assert figures(told)["recorded.orders"] == 0
    assert "R-3.1" in told
    assert "orang yang sama sudah memutus klaimnya" in told
    refused = decide(named, other, "/releases/confirm?decision=refuse&order=R-3.1", reason="ragu")
    assert figures(became(named, other, refused))["recorded.orders"] == 1
    assert "pernah tidak disetujui" in other.get("/releases").text
    approved = decide(named, other, "/releases/confirm?decision=approve&order=R-3.1", reason="yakin")
    assert figures(became(named, other, approved))["recorded.orders"] == 1
    assert "R-3.1" in {one.order for one in listed(named).leaving}


def test_what_is_asked_must_be_whole(named: RunningConsole):
    """A reason, an order, a list that still is the one that was seen; an auditor sees the list and decides nothing."""
    client = named.signed_in("supervisor")
    assert client.get("/releases/confirm?decision=approve").status_code == 400
    assert client.get("/releases/confirm?decision=approve&order=R-9.1").status_code == 409
    assert client.get("/releases/confirm?all=1&seen=0").status_code == 409
    assert client.get("/releases/confirm?decision=pay&order=R-1.1").status_code == 404
    assert post(client, "/releases/decide", page="/", decision="approve", order="R-1.1").status_code == 400
    assert client.get("/releases/acts/r0").status_code == 404
    auditor = named.signed_in("auditor").get("/releases")
    assert auditor.status_code == 200
    assert "checkbox" not in auditor.text
    assert client.get("/releases?format=csv").headers["content-disposition"].endswith('"releases.csv"')


def test_a_decision_that_waits_is_looked_at_again_until_it_is_recorded(
    named: RunningConsole, monkeypatch: pytest.MonkeyPatch
):
    """Its page loads again by itself, and says what became of it once that stands in the book."""
    monkeypatch.setattr("services.console.pages.releases._PATIENCE_SECONDS", 0.0)
    client = named.signed_in("supervisor")
    address = f"/releases/confirm?decision=refuse&order={LATER}.1"
    fields = dict(
        re.findall(r'type="hidden" name="(decision|seen|order)" value="([^"]*)"', client.get(address).text)
    )
    where = post(client, "/releases/decide", page=address, reason="menunggu surat", **fields).headers[
        "location"
    ]
    page = client.get(where)
    assert "refresh" in page.headers
    assert "recorded.orders" not in page.text
    named.live()
    page = client.get(where)
    assert "refresh" not in page.headers
    assert figures(page.text)["recorded.orders"] == 1


def test_a_claim_is_found_by_the_end_of_its_number(named: RunningConsole):
    """As people say it on the telephone."""
    found = post(named.signed_in("auditor"), "/claims/find", page="/claims", text="00017")
    assert found.headers["location"] == f"/claims/{LATER}"
