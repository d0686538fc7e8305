"""One partition recalculated: every recorded event is decided again and compared with what was recorded."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Struct

from events.assessment import ClaimAssessed
from events.catalogue import AgencyEvent, Event, Operation, OrderProposal, decode, encode, type_of
from events.envelope import KELAMBU
from events.message import Message, message
from events.operation import ReleaseArranged, RulebookAdopted
from events.payment import PaymentReleased
from events.upcast import upcast
from projections.checkpoint import LedgerEntry
from services.adjudication.decider import State, advance, encode_state, initial
from services.adjudication.release_rules import Releasing
from services.adjudication.state import SHAPE, shape_of
from services.benefits.rulebook import ENGINE, Rulebook
from services.ledger.partitions import partition_of
from services.ledger.protocol import StoredState
from services.platform.clock import AHEAD
from services.platform.json_differences import differing


class _Expected(Struct, frozen=True):
    """What the ledger must hold at the next position."""

    event: Event
    body: bytes


class Difference(Struct, frozen=True):
    """What is not as the decider says it must be, at which position, and which ``check`` found it.

    Where it is explained it is of a ``person``, by the ``HASH@ENGINE`` that was ``adopted`` at the position.
    """

    check: str
    message: Message
    position: int
    person: str = ""
    adopted: str = ""


class Recalculation:
    """Takes a partition's entries in order and keeps what they come to.

    ``rulebooks`` are those at hand by ``HASH@ENGINE``. Under an adoption by another engine a difference is explained
    rather than found. Whatever differs, that person's events are compared no further, and everybody else's are.
    """

    def __init__(
        self, partition: int, partitions: int, rulebooks: Mapping[str, Rulebook], today: Rulebook
    ) -> None:
        """Begin before the first position."""
        self.partition, self._partitions = partition, partitions
        self._rulebooks, self._today = rulebooks, today
        self.findings: list[Difference] = []
        self.explained: list[Difference] = []
        self.states: dict[str, State] = {}
        self.last: dict[str, int] = {}
        """Position of each person's last event."""
        self.position = 0
        self.assessments = 0
        self.adopted = ""
        """``HASH@ENGINE`` adopted last."""
        self._releasing = Releasing()
        self.recorded = dt.datetime.min.replace(tzinfo=dt.UTC)
        """When the latest event so far was recorded."""
        self._expected: deque[_Expected] = deque()
        self._person = ""
        self._apart: set[str] = set()
        """Persons of whom something differs: what follows from it would differ too."""
        self._earlier: set[str] = set()
        """Persons of whom something was decided by a rulebook that is not at hand."""
        self._broken = False

    def take(self, entry: LedgerEntry) -> Event | None:
        """Check one entry; returns its event, None where it cannot be read."""
        self.position += 1
        try:
            event, older = _read(entry.body)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            self._find("ledger", message("audit.unreadable", why=str(error)))
            self._unreadable(entry.body)
            return None
        self._check_place(entry, event)
        if isinstance(event, ClaimAssessed):
            self.assessments += 1
        if isinstance(event.person, str):
            self.last[event.person] = self.position
        if not self._broken:
            self._recalculate(event, entry.body, older=older)
        return event

    def end(self, states: Mapping[str, StoredState]) -> None:
        """Compare the states that everything came to with those that are stored."""
        self._nothing_missing(self.position + 1)
        if self._broken:
            return
        nothing = encode_state(initial())
        other = {person for person, stored in states.items() if shape_of(stored.body) != SHAPE}
        if other:
            what = message("audit.other-shape", count=len(other))
            self._explain("state", what, self.position, min(other))
        compared = (self.states.keys() | states.keys()) - other
        for person in sorted(compared, key=lambda p: (self.last.get(p, 0), p)):
            ours = encode_state(self.states.get(person) or initial())
            if ours != states.get(person, nothing) and person not in self._apart:
                what = message("audit.other-state", person=person)
                place = self.last.get(person, 0)
                if person not in self._earlier:
                    self._find("state", what, place)
                    continue
                self._explain("state", what, place, person)

    def _check_place(self, entry: LedgerEntry, event: Event) -> None:
        if (event.partition, event.position) != (
            self.partition,
            self.position,
        ) or entry.position != self.position:
            self._find("ledger", message("audit.other-place", place=f"{event.partition}/{event.position}"))
        if event.recordedtime is UNSET or event.recordedtime < self.recorded:
            self._find("times", message("audit.recorded-early"))
        else:
            self.recorded = event.recordedtime
            if isinstance(event, AgencyEvent) and (what := _untimely(event, event.recordedtime)):
                self._find("times", what)
        if isinstance(event.person, str) and partition_of(event.person, self._partitions) != self.partition:
            self._find("ledger", message("audit.other-partition", person=event.person))

    def _recalculate(self, event: Event, body: bytes, *, older: bool) -> None:
        if not isinstance(event, AgencyEvent | OrderProposal | Operation):
            self._compare(event, body)
            return
        self._nothing_missing(self.position)
        if self._broken:
            return
        person = event.person or ""
        self._person = person
        if isinstance(event, RulebookAdopted):
            self._adopt(event)
        if isinstance(event, PaymentReleased) and event.data.mode != self._releasing.mode_of(event.data):
            self._find("recalculation", message("audit.other-mode", order=event.data.order))
        if isinstance(event, ReleaseArranged) and event.data.mode == self._releasing.mode:
            self._find("recalculation", message("audit.does-nothing", type=type_of(event)))
        self._releasing = self._releasing.after(event)
        rulebook = self._rulebooks.get(self.adopted, self._today)
        if not self._known:
            self._earlier.add(person)
        state = self.states.get(person) or initial()
        try:
            after, conclusions = advance(state, event, rulebook)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is what the auditor has to know
            self._differ(message("audit.undecidable", kind=type(error).__name__))
            return
        if after is not state:
            self.states[person] = after
        if person in self._apart:
            return
        if not conclusions:
            self._differ(message("audit.does-nothing", type=type_of(event)))
        elif not older and encode(conclusions[0]) != body:
            self._differ(message("audit.other-writing", type=type_of(event)))
        else:
            self._expected.extend(_Expected(one, encode(one)) for one in conclusions[1:])

    def _compare(self, event: Event, body: bytes) -> None:
        if not self._expected:
            if event.person not in self._apart:
                self._person = event.person or ""
                self._differ(message("audit.nothing-leads", type=type_of(event)))
            return
        expected = self._expected.popleft()
        if expected.body != body:
            self._differ(_difference(expected.event, event))

    def _nothing_missing(self, position: int) -> None:
        if self._expected:
            missing = type_of(self._expected[0].event)
            self._differ(message("audit.event-missing", type=missing), position)

    def _differ(self, what: Message, position: int = 0) -> None:
        """A difference from what was recorded: found, or explained by an adoption."""
        self._expected.clear()
        if self._person in self._apart:
            return
        self._apart.add(self._person)
        if self._known:
            self._find("recalculation", what, position)
        else:
            self._explain("recalculation", what, position or self.position, self._person)

    def _unreadable(self, body: bytes) -> None:
        """Go on without the person whose event it was; where that cannot be known, decide nothing more."""
        try:
            person = _named.decode(body).person
        except (msgspec.MsgspecError, UnicodeDecodeError):
            person = ""
        self._expected.clear()
        self._apart.add(person)
        self._broken = self._broken or not person

    def _adopt(self, event: RulebookAdopted) -> None:
        self.adopted = f"{event.data.rulebook}@{event.data.engine}"
        if event.data.engine == ENGINE and self.adopted not in self._rulebooks:
            self._find("rulebook", message("audit.rulebook-lost", hash=event.data.rulebook))

    @property
    def _known(self) -> bool:
        """Whether decisions can be repeated.

        Of another engine they cannot, and of ours only a lost rulebook prevents it.
        """
        engine = self.adopted.partition("@")[2]
        return not self.adopted or self.adopted in self._rulebooks or engine == ENGINE

    def _find(self, check: str, what: Message, position: int = 0) -> None:
        self.findings.append(Difference(check, what, position or self.position))

    def _explain(self, check: str, what: Message, position: int, person: str) -> None:
        self.explained.append(Difference(check, what, position, person, self.adopted))


class _Named(Struct):
    person: str = ""


_named = msgspec.json.Decoder(_Named)


def _untimely(event: AgencyEvent, recorded: dt.datetime) -> Message | None:
    """Say what the times of an event contradict; clocks of different machines may differ by ``AHEAD``."""
    if event.admittedtime is UNSET:
        return message("audit.no-admission")
    if event.admittedtime > recorded + AHEAD:
        return message("audit.admitted-late")
    if event.time > event.admittedtime + AHEAD and event.source != KELAMBU:
        return message("audit.admitted-early")
    return None


def _read(body: bytes) -> tuple[Event, bool]:
    try:
        return decode(body), False
    except msgspec.ValidationError:
        newer = upcast(body)
        if newer == body:
            raise
        return decode(newer), True


def _difference(expected: Event, recorded: Event) -> Message:
    """Name the first part in which two events differ."""
    name = type_of(recorded)
    if type(expected) is not type(recorded):
        return message("audit.other-event", type=name, expected=type_of(expected))
    for path, ours, theirs in differing(msgspec.to_builtins(expected), msgspec.to_builtins(recorded)):
        return message("audit.recalculated", type=name, path=path, theirs=str(theirs), ours=str(ours))
    return message("audit.other-writing", type=name)
