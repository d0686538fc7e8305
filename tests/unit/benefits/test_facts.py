"""Facts: what the rules need of an event, and how they know that it says nothing of something."""

from __future__ import annotations

import datetime as dt

from events.bank import Paid, Returned
from events.catalogue import fact_of
from events.claim import Amended, Filed, RankedChild, Schooled
from events.document import read
from events.redaction import redact
from services.adjudication.state import State, decode_state, encode_state
from tests.unit.events.examples import PlainTokens, example, raw

TOKENS = PlainTokens()
CHILD = "1606014205110003"


def fact(name: str, **changes: object) -> object:
    """Return the fact of a golden document as it would be recorded, after it is stored and read again."""
    document = example(name)
    for key, value in changes.items():
        if value is None:
            del document["data"][key]
        else:
            document["data"][key] = value
    made = fact_of(redact(read(raw(document)).event, TOKENS)[0], 7)
    return decode_state(encode_state(State(latest=(made,)))).facts[0]


def test_an_amendment_says_what_it_states_and_leaves_the_rest():
    """Each key alone; an empty list of children is one that says that there are none."""
    everything = fact("claim.amended")
    assert isinstance(everything, Amended)
    children = everything.children
    assert children is not None
    assert children[0] == RankedChild("c1", dt.date(2011, 5, 2), TOKENS.nik(CHILD))
    assert [child.label for child in children] == ["c1", "c2", "c3"]
    assert (everything.event_date, everything.cause) == (dt.date(2025, 9, 9), "occupational-disease")
    assert everything.claimant == "spouse"
    none = fact("claim.amended", children=[], event_date=None, cause=None, claimant=None)
    assert isinstance(none, Amended)
    assert (none.children, none.event_date, none.cause, none.claimant) == ((), None, None, None)
    date_alone = fact("claim.amended", children=None, cause=None, claimant=None)
    assert isinstance(date_alone, Amended)
    assert (date_alone.children, date_alone.cause, date_alone.claimant) == (None, None, None)


def test_a_return_names_its_payment_by_the_token_of_the_reference():
    """So that the payment is found though its reference is sealed; a return of the whole order names none."""
    paid, returned = fact("claim.paid"), fact("claim.payment-returned")
    assert isinstance(paid, Paid)
    assert isinstance(returned, Returned)
    assert paid.reference == returned.payment == TOKENS.reference("TRF/26/000912")
    assert (paid.paid_on, returned.returned_on) == (dt.date(2025, 9, 26), dt.date(2025, 9, 29))
    assert returned.amount == 3_333_333
    whole = fact("claim.payment-returned", amount=None, payment=None)
    assert isinstance(whole, Returned)
    assert (whole.amount, whole.payment) == (0, "")


def test_whoever_is_paid_is_known_by_token():
    """The participant and children at the filing, the receiver of a school year."""
    filed, schooled = fact("claim.filed"), fact("claim.schooling-confirmed")
    assert isinstance(filed, Filed)
    assert isinstance(schooled, Schooled)
    sent = example("claim.filed")["data"]
    assert filed.nik == TOKENS.nik(sent["nik"])
    assert [child.nik for child in filed.children] == [TOKENS.nik(CHILD), ""]
    assert schooled.nik == TOKENS.nik(example("claim.schooling-confirmed")["data"]["payee"]["nik"])
