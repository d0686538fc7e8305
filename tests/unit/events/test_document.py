from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.bank import ClaimPaid
from events.catalogue import encode
from events.codes import Codes
from events.document import MAX_BYTES, DocumentRefused, read
from events.faults import MAX_FAULTS, DocumentFault
from services.texts.catalogue import render
from tests.unit.events.examples import example, raw

CODES = Codes(("JKK", "JKM"), ("work-accident", "occupational-disease", "other"))
NOON = "2025-09-30T09:30:00+07:00"


def refusal_of(body: bytes) -> DocumentRefused | None:
    try:
        read(body, CODES)
    except DocumentRefused as refused:
        return refused
    return None


def said(fault: DocumentFault) -> str:
    """Return what is wrong, in English."""
    return render(fault.message, "en")


def refusal(document: object) -> DocumentRefused:
    refused = refusal_of(document if isinstance(document, bytes) else raw(document))
    assert refused is not None
    return refused


def faults(document: object) -> dict[str, str]:
    """Return the broken rule by path."""
    return {fault.path: fault.rule for fault in refusal(document).faults}


def verified(**findings: object) -> dict[str, Any]:
    document = example("claim.verified")
    document["data"]["findings"] = findings
    return document


def item(**fields: object) -> dict[str, Any]:
    return verified(medical={"items": [{"item": "i", **fields}]})


ITEM = "$.data.findings.medical.items[0]"


# The text


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "json"),
        (b"{", "json"),
        (raw(example("claim.paid"))[:-40], "json"),
        (b"\xff\xfe{}", "json"),
        (b'{"a":NaN}', "json"),
        (b"[" * 60_000, "json"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "json"),
        (b'{"id":"\\ud800"}', "json"),
        (b"[]", "type"),
        (b"7", "type"),
        (b" " * MAX_BYTES + b"1", "size"),
        (b'{"data":' + b"9" * 60_000 + b"}", "missing"),
        (b'{"data":1e999999999999999999999999}', "missing"),
    ],
)
def test_what_is_no_json_object_is_refused_and_says_so(body, rule):
    """Broken off, not UTF-8, too deep, too large, or no object at all."""
    assert rule in {fault.rule for fault in refusal(body).faults}
    assert refusal(body).code == "invalid"


def test_a_document_of_64_kib_is_read_and_one_byte_more_is_refused():
    """The limit itself is allowed."""
    body = raw(example("claim.filed"))
    assert read(body + b" " * (MAX_BYTES - len(body)))
    assert faults(body + b" " * (MAX_BYTES - len(body) + 1)) == {"$": "size"}


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (b'"amount": 23333333', b'"amount": 1, "amount": 23333333', "$.data.amount"),
        (b'"data": {', b'"data": {}, "data": {', "$.data"),
        (b'"amount": 23333333', b'"amount": 23333333, "amount": 23333333', "$.data.amount"),
        (b'"TRF/', b'"\\u003a", "reference": "TRF/', "$.data.reference"),
        (b'"TRF/', b'"x", "referenc\\u0065": "TRF\\u003A', "$.data.reference"),
    ],
)
def test_a_key_given_twice_is_refused_also_where_both_values_agree(old, new, path):
    """Two readers of the same bytes could otherwise see two different events."""
    assert faults(raw(example("claim.paid")).replace(old, new)) == {path: "repeated-key"}


def test_an_escaped_colon_alone_is_no_fault():
    """It only sends the document through the thorough reading."""
    event = read(raw(example("claim.paid")).replace(b"TRF/", b"TRF\\u003a")).event
    assert isinstance(event, ClaimPaid)
    assert event.data.reference == "TRF:26/000912"


# All faults at once


def test_all_faults_of_a_document_are_told_at_once_each_with_its_path():
    """Faults of the schema, of values, and between fields, in one answer."""
    document = example("claim.filed")
    data = document["data"]
    del document["id"]
    document["subject"] = "OTHER"
    document["position"] = 7
    data["nik"] = "1606014502800000"
    data["event_date"] = "2025-10-01"
    data["summery"] = data.pop("summary")
    data["claimant"]["relation"] = "cousin"
    data["children"][1]["birth_date"] = "2011-02-30"
    data["documents"] = "ktp"
    assert faults(document) == {
        "$.id": "missing",
        "$.subject": "subject",
        "$.position": "recorded-only",
        "$.data.nik": "nik",
        "$.data.event_date": "future-date",
        "$.data.summery": "unknown-field",
        "$.data.claimant.relation": "choice",
        "$.data.children[1].birth_date": "format",
        "$.data.documents": "type",
    }
    assert refusal(document).code == "invalid"


def test_a_misspelt_field_is_answered_with_the_one_that_was_meant():
    """The hint names only fields that are still free."""
    document = example("participant.enrolled")
    document["data"]["birthdate"] = document["data"].pop("birth_date")
    messages = {fault.path: said(fault) for fault in refusal(document).faults}
    assert "birth_date" in messages["$.data.birthdate"]


def test_among_very_many_unknown_fields_nobody_guesses_which_were_meant():
    """To guess for thousands would keep everybody else waiting; each is told as unknown all the same."""
    document = example("participant.enrolled")
    document["data"] |= {f"birth_date_{n}": 1 for n in range(200)}
    found = [one for one in refusal(document).faults if one.rule == "unknown-field"]
    assert len(found) == 200
    assert not any("meant" in said(one) for one in found)


def test_of_very_many_faults_the_first_are_listed_and_the_rest_counted():
    """The answer to a small document cannot become a large one."""
    document = example("claim.documents-received")
    document["data"]["documents"] = [{}] * 6000
    refused = refusal(document)
    assert len(refused.faults) == MAX_FAULTS + 1
    assert refused.faults[-1].rule == "too-many"


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("kelambu.claim.assessed.v1", "own-type"),
        ("kelambu.claim.filed.v2", "unknown-type"),
        ({}, "unknown-type"),
        (None, "unknown-type"),
    ],
)
def test_a_document_of_no_agency_type_is_refused_with_the_faults_of_its_envelope(name, rule):
    """What is known without the type is checked all the same; the data is not."""
    document = example("claim.paid") | {"type": name, "specversion": "0.3"}
    document["data"] = {"anything": 1}
    assert faults(document) == {"$.type": rule, "$.specversion": "choice"}


def test_an_empty_object_misses_the_whole_envelope():
    """Every required attribute is named."""
    attributes = ("type", "specversion", "id", "source", "time", "data")
    assert faults({}) == {f"$.{attribute}": "missing" for attribute in attributes}


# Nothing personal comes back


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_refusal_never_repeats_a_value_of_the_document(data):
    """Not in a message, not in a path, also where the value stands in place of a key, a type or an id."""
    canary = "Zq7Canary-1606015502800001"
    document = example(data.draw(st.sampled_from(["claim.filed", "claim.verified", "participant.enrolled"])))
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = document
        while True:
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
                break
            place = place[key]
        if isinstance(place, dict) and data.draw(st.booleans()):
            place[canary] = place.pop(key)
        else:
            place[key] = data.draw(st.sampled_from([canary, [canary], {canary: canary}]))
        if "type" not in document:
            break
    refused = refusal_of(raw(document))
    if refused is not None:
        assert "Canary" not in f"{refused} {refused.faults} {refused.source} {refused.id}"
        assert (refused.__context__, refused.__cause__) == (None, None)


def test_an_id_with_a_nik_in_it_is_kept_for_the_senders_eyes_only():
    """The refusal's own ``id`` is safe to log."""
    refused = refusal(example("claim.paid") | {"id": "paid-1606015502800001"})
    assert (refused.source, refused.id) == ("/agencies/bank-sumsel", None)
    assert refused.sent_as == ("/agencies/bank-sumsel", "paid-1606015502800001")


# Single values


@pytest.mark.parametrize(
    ("nik", "right"),
    [
        ("1606015502800001", True),
        ("1606011502800001", True),
        ("1606012902010001", True),
        ("1606017108800001", True),
        ("1606013002800001", False),
        ("1606017104800001", False),
        ("1606010002800001", False),
        ("1606014002800001", False),
        ("1606017202800001", False),
        ("1606011500800001", False),
        ("1606011513800001", False),
        ("1606015502800000", False),
        ("160601550280001", False),
        ("16060155028000011", False),
        ("160601550280000\u0661", False),
        ("1606015502800001\n", False),
        ("~AAAAAAAAAAAAAAAAAAAAAA", False),
    ],
)
def test_a_nik_has_16_digits_with_a_possible_date_of_birth_and_a_serial_number(nik, right):
    """Women's days count from 41; a day must exist in its month; the century is open."""
    document = example("participant.income-declared")
    document["data"]["nik"] = nik
    if right:
        assert read(raw(document))
    else:
        assert faults(document) == {"$.data.nik": "nik"}


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("33.33", None),
        ("33.330", None),
        ("5e1", None),
        ("0.01", None),
        ("33.333", "decimals"),
        ("33.330000000000000000000000000000000001", "decimals"),
        ("1e-3", "decimals"),
        ("100.01", "range"),
        ("-0.01", "range"),
        ("1e999999999999999999999", "range"),
        ('"50"', "type"),
        ("true", "type"),
    ],
)
def test_a_percentage_is_exact_with_at_most_two_decimals(number, rule):
    """The digits count as they were written, not as the machine rounds them."""
    document = item(kind="disability", part="eye", loss_percent="HERE")
    body = raw(document).replace(b'"HERE"', number.encode())
    if rule is None:
        assert read(body)
    else:
        assert faults(body) == {f"{ITEM}.loss_percent": rule}


@pytest.mark.parametrize("claim", ["A" * 41, "a-1", "A 1", "A-1\n", "JKM-1606015502800001", ""])
def test_a_claim_number_that_could_be_misread_or_hold_a_nik_is_refused(claim):
    """Forty of A-Z 0-9 and -, never sixteen digits that stand alone, no line break at the end."""
    document = example("claim.withdrawn") | {"subject": claim}
    document["data"]["claim"] = claim
    assert faults(document) == {"$.data.claim": "format"}


@pytest.mark.parametrize(
    "id",
    [
        "",
        "x" * 65,
        "a b",
        "a\n",
        "1606015502800001",
        "a-1606015502800001",
        "1606015502800001:a",
        "a_1606015502800001.b",
    ],
)
def test_an_id_that_could_be_misread_or_hold_a_nik_is_refused(id):
    """Sixty-four of the contract's characters, never sixteen digits that stand alone."""
    assert faults(example("claim.withdrawn") | {"id": id}) == {"$.id": "format"}
    retracted = example("event.retracted")
    retracted["data"]["retracts"] = id
    assert faults(retracted) == {"$.data.retracts": "format"}


@pytest.mark.parametrize(
    "id", ["a-16060155028000011", "a1606015502800001", "1606015502800001a", "16060155-02800001"]
)
def test_digits_of_a_longer_number_or_word_are_no_nik(id):
    """Only just sixteen of them, between what is neither letter nor digit, could be one."""
    assert read(raw(example("claim.withdrawn") | {"id": id}))
    claim = id.upper()
    document = example("claim.paid") | {"subject": claim}
    document["data"] |= {"claim": claim, "order": f"{claim}.1"}
    assert read(raw(document))


@given(st.uuids(), st.text("0123456789", min_size=16, max_size=16), st.integers(0, 16))
def test_an_id_made_by_a_program_always_passes(uuid, digits, at):
    """``uuid4().hex``, also one that happens to have sixteen digits in a row, and the same with its hyphens."""
    for made in (uuid.hex, str(uuid), uuid.hex[:at] + digits + uuid.hex[at + 16 :]):
        assert read(raw(example("claim.withdrawn") | {"id": made}))


# Between fields


def test_subject_is_the_claim_number_for_claims_and_absent_for_all_others():
    """One sentence of the contract, four ways to break it."""
    document = example("claim.paid")
    assert faults(document | {"subject": "X"}) == {"$.subject": "subject"}
    del document["subject"]
    assert faults(document) == {"$.subject": "missing"}
    assert faults(example("participant.ended") | {"subject": "X"}) == {"$.subject": "subject"}
    assert faults(example("event.retracted") | {"subject": None}) == {"$.subject": "type"}


@pytest.mark.parametrize(
    "attribute", ["person", "partition", "position", "recordedtime", "causationid", "sealed", "origin"]
)
def test_what_only_kelambu_writes_is_refused_from_an_agency(attribute):
    """Else an agency could choose a partition or pretend a recording."""
    recorded = json.loads(raw(example("claim.paid") | {"admittedtime": NOON}))
    value = {"partition": 1, "position": 1, "recordedtime": NOON, "sealed": {"key": "k", "box": "b"}}
    value["origin"] = {"key": "k", "message": "m", "timestamp": 1, "signature": "~"}
    recorded[attribute] = value.get(attribute, "~")
    assert faults(recorded) == {"$.admittedtime": "recorded-only", f"$.{attribute}": "recorded-only"}


def test_an_agency_cannot_speak_in_kelambus_name():
    """The source ``/agencies/kelambu`` is its own."""
    assert faults(example("claim.paid") | {"source": "/agencies/kelambu"}) == {"$.source": "source"}


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("participant.enrolled", ("birth_date",)),
        ("participant.contributions-paid", ("paid_on",)),
        ("claim.filed", ("event_date",)),
        ("claim.filed", ("children", 1, "birth_date")),
        ("claim.verified", ("findings", "death", "died_on")),
        ("claim.paid", ("paid_on",)),
        ("claim.payment-returned", ("returned_on",)),
    ],
)
def test_a_fact_after_the_day_of_its_report_is_a_future_date(name, way):
    """The day in Jakarta of ``time`` itself is still allowed; the code says that only the date is wrong."""
    document = example(name) | {"time": "2025-09-30T18:30:00Z"}
    place = document["data"]
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = "2025-10-01"
    assert read(raw(document))
    place[way[-1]] = "2025-10-02"
    assert refusal(document).code == "future-date"
    assert list(faults(document).values()) == ["future-date"]


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("participant.enrolled", ("starts_on",)),
        ("participant.ended", ("ended_on",)),
        ("claim.verified", ("findings", "medical", "items", 3, "last_day")),
        ("claim.verified", ("findings", "medical", "outcome", "on")),
    ],
)
def test_other_dates_may_lie_ahead(name, way):
    """A start, an end, the days of an incapacity."""
    document = example(name)
    place = document["data"]
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = "2027-01-01"
    assert read(raw(document))


def test_times_at_the_edge_of_the_calendar_are_read():
    """The civil date is cut off there, never a crash."""
    for time in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"):
        document = example("claim.withdrawn") | {"time": time}
        assert read(raw(document))


def test_spans_must_not_end_before_they_begin():
    """Days of incapacity and homecare, months paid."""
    days = {"first_day": "2025-09-02", "last_day": "2025-09-01"}
    assert faults(item(kind="incapacity", **days)) == {f"{ITEM}.last_day": "order"}
    assert faults(item(kind="homecare", amount=1, **days)) == {f"{ITEM}.last_day": "order"}
    document = example("participant.contributions-paid")
    document["data"]["first_month"] = "2026-01"
    assert faults(document) == {"$.data.last_month": "order"}
    document["data"]["last_month"] = "2126-01"
    assert faults(document) == {"$.data.last_month": "span"}


def test_a_treatment_is_paid_to_its_provider_or_to_a_payee_never_both_or_neither():
    """Exactly one of the two."""
    payee = example("claim.schooling-confirmed")["data"]["payee"]
    assert faults(item(kind="treatment", amount=1)) == {ITEM: "one-of"}
    both = item(kind="treatment", amount=1, provider="rsud-sekayu", payee=payee)
    assert faults(both) == {ITEM: "one-of"}


def test_an_amendment_states_something():
    """Naming the claim alone amends nothing."""
    document = example("claim.amended")
    document["data"] = {"claim": document["data"]["claim"]}
    assert faults(document) == {"$.data": "one-of"}
    document["data"]["children"] = []
    assert read(raw(document))


def test_ids_within_a_list_of_heirs_or_children_differ():
    """Money for ``heir:ID`` must find one person."""
    heir = example("claim.verified")["data"]["findings"]["heirs"][0]
    del heir["nik"]
    assert faults(verified(heirs=[heir, heir])) == {"$.data.findings.heirs[1].heir": "repeated-id"}
    upper = heir | {"heir": heir["heir"].upper()}
    assert faults(verified(heirs=[heir, upper])) == {"$.data.findings.heirs[1].heir": "repeated-id"}
    for name in ("claim.filed", "claim.amended"):
        document = example(name)
        children = document["data"]["children"]
        for child in children:
            child.pop("nik", None)
        document["data"]["children"] = children + [
            child | {"child": child["child"].upper()} for child in children
        ]
        assert set(faults(document)) == {
            f"$.data.children[{len(children) + n}].child" for n in range(len(children))
        }
    items = [{"item": name, "kind": "total-disability"} for name in ("a", "B", "b")]
    assert faults(verified(medical={"items": items})) == {
        "$.data.findings.medical.items[2].item": "repeated-id"
    }


def test_one_nik_stands_once_in_a_list_of_heirs_or_children():
    """Told at both places, each naming the other: one of the two is wrong, and nobody can know which."""
    heirs = example("claim.verified")["data"]["findings"]["heirs"]
    twice = [heirs[0], heirs[1] | {"heir": "x", "nik": heirs[0]["nik"]}, heirs[1]]
    refused = refusal(verified(heirs=twice))
    assert [(fault.path, fault.rule) for fault in refused.faults] == [
        ("$.data.findings.heirs[0].nik", "repeated-nik"),
        ("$.data.findings.heirs[1].nik", "repeated-nik"),
    ]
    assert ["heirs[1]" in said(refused.faults[0]), "heirs[0]" in said(refused.faults[1])] == [True, True]
    for name in ("claim.filed", "claim.amended"):
        document = example(name)
        for child in document["data"]["children"]:
            child["nik"] = document["data"]["children"][0]["nik"]
        places = range(len(document["data"]["children"]))
        assert faults(document) == {f"$.data.children[{n}].nik": "repeated-nik" for n in places}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"part": "arm-shoulder", "side": "right"}, []),
        ({"part": "arm-shoulder"}, ["side"]),
        ({"part": "eye"}, []),
        ({"part": "eye", "side": "left"}, []),
        ({"part": "both-eyes", "side": "left"}, ["side"]),
        ({"part": "other-finger", "side": "left", "which": "ring"}, []),
        ({"part": "other-finger", "which": "third"}, ["side", "which"]),
        ({"part": "other-toe"}, ["which"]),
        ({"part": "thumb", "side": "left", "which": "ring"}, ["which"]),
        ({"part": "vision-10-percent", "units": 3}, []),
        ({"part": "vision-10-percent"}, ["units"]),
        ({"part": "smell", "units": 3}, ["units"]),
        ({"part": "scalp", "percent": 10}, []),
        ({"part": "scalp", "percent": 30.0}, []),
        ({"part": "scalp", "percent": 30.01}, ["percent"]),
        ({"part": "scalp"}, ["percent"]),
        ({"part": "smell", "percent": 10}, ["percent"]),
    ],
)
def test_each_disability_row_has_what_its_part_needs_and_nothing_else(fields, wrong):
    """A side where it decides the percentage, which finger or toe, units, and a percentage for the scalp."""
    document = item(kind="disability", **fields)
    if wrong:
        assert faults(document) == {f"{ITEM}.{field}": "disability-row" for field in wrong}
    else:
        assert read(raw(document))


# Numbers


@pytest.mark.parametrize("number", ["42000000.0", "42000000.000", "4.2e7", "42000000E0"])
def test_a_number_with_a_zero_fraction_is_that_whole_number_and_written_whole(number):
    """As JSON Schema has it; the same content as the number without."""
    document = example("claim.paid")
    document["data"]["amount"] = 42_000_000
    plain = read(raw(document))
    other = read(raw(document).replace(b"42000000", number.encode()))
    assert encode(other.event) == encode(plain.event)
    assert other.canonical == plain.canonical
    assert b"42000000," in encode(other.event)


@pytest.mark.parametrize("number", ["42000000.5", "1e-1", "1.0000000000000000000000001", "1e40", "0.0"])
def test_a_number_with_a_fraction_is_no_whole_one(number):
    """However small the fraction; a vast one is told as such at little cost."""
    document = raw(example("claim.paid")).replace(b"23333333", number.encode())
    assert faults(document).keys() == {"$.data.amount"}


# Days


@pytest.mark.parametrize(
    ("day", "there"), [("2025-02-30", False), ("2025-13-01", False), ("2025-02-28", True)]
)
def test_a_day_that_does_not_exist_is_told_so(day, there):
    """Not that it was written in the wrong form, which it was not."""
    document = example("claim.paid")
    document["data"]["paid_on"] = day
    assert there or "no such day" in said(refusal(document).faults[0])
    document["data"]["paid_on"] = "30/02/2025"
    assert "YYYY-MM-DD" in said(refusal(document).faults[0])
    at = f"{day}T09:30:00+07:00"
    assert there or "no such day or hour" in said(refusal(example("claim.paid") | {"time": at}).faults[0])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amount": 0}, ("from 1 to 9007199254740991",)),
        ({"reference": "x" * 4001}, ("1 to 4000", "4001")),
        ({"claim": "A" * 41}, ("1 to 40",)),
    ],
)
def test_limits_and_lengths_are_named(change, named):
    """What may be, and how long what came was."""
    document = example("claim.paid")
    document["data"] |= change
    text = " ".join(said(fault) for fault in refusal(document).faults)
    assert all(each in text for each in named)


# Content


def test_the_same_content_written_differently_has_the_same_canonical_bytes():
    """Order of keys, white space, escapes, trailing zeros, and the attributes that are no content."""
    document = item(kind="disability", part="eye", loss_percent=50)
    document["data"]["findings"]["cause"] = {"work_related": True, "note": "kebun é 😀"}
    other = json.dumps(dict(reversed(document.items())), indent=3).replace(": 50", ": 5.00e1")
    document |= {"datacontenttype": "application/json", "traceparent": "00-x", "tracestate": "a=1"}
    assert read(raw(document)).canonical == read(other.encode()).canonical


@pytest.mark.parametrize("attribute", ["id", "source", "time", "data"])
def test_another_content_has_other_canonical_bytes(attribute):
    """``time`` counts as content too."""
    document = example("claim.paid")
    other = {"id": "b", "source": "/agencies/b-b", "time": "2025-09-30T09:30:01+07:00"}
    changed = document | {attribute: other.get(attribute) or document["data"] | {"amount": 1}}
    assert read(raw(document)).canonical != read(raw(changed)).canonical
