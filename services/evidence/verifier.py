#!/usr/bin/env python3
"""Checks what the log of Kelambu proves, without Kelambu and without trusting whoever handed out the files.

How to use it says ``python verifier.py --help``. It needs Python 3.11; the package ``cryptography`` checks signatures,
and without it only hashes are checked, which is said.

How to read it: each section needs only those above it, and the texts, which stand at the end and judge nothing.
Whoever has to judge the bundle of one claim, as it is handed to a court, reads the first five; nothing else decides
about it.

    Findings               89 lines  what was found, and the exit code that follows from it
    Tree                   38 lines  RFC 6962: whether an entry stands in the tree that has a root
    Keys and checkpoints  164 lines  C2SP signed notes: who has signed how many entries there are, and their root
    Entries                80 lines  what an entry of the log is, and a C2SP ``tlog-proof`` that it stands there
    Bundle                198 lines  one claim: every entry against the checkpoint, every other file against the entries

    One entry              18 lines  the proof of one entry, such as a receipt is redeemed for
    Letter                 28 lines  the signed line of a letter
    Log                   211 lines  every entry of a directory against checkpoints, from the entries up to the root
    Copies                159 lines  an export, and the server's own file, each entry against the log
    Two states             92 lines  whether a later log continues what an earlier checkpoint or receipt states
    Command line          115 lines  what is asked, and by whose keys
    Texts                 144 lines  every sentence that can be said, in Bahasa Indonesia and in English

The formats are public: RFC 6962 section 2.1 for the tree, and from C2SP signed-note, tlog-checkpoint,
tlog-cosignature, tlog-proof and tlog-tiles. An entry of the log is a name of a stream (``ledger/3`` for partition 3,
or ``trail``), a line feed, the position in it, a line feed, and what was recorded there, byte for byte. A checkpoint
states the root of the tree over all entries, and the last position of every stream.

What can be read and does not agree is contradicted. What cannot be read, is cut or is not there could not be judged.
"""

from __future__ import annotations

import base64
import datetime as dt
import errno
import hashlib
import io
import json
import os
import re
import sys
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    CAN_VERIFY = True
except ImportError:
    CAN_VERIFY = False

# ======== Findings ========


class Contradiction(Exception):  # noqa: N818 - a finding, not an error of this program
    """Something is not as it must be, and nothing more can be judged behind it. Texts are named by their key."""

    kind = "contradicted"

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


class NotJudged(Contradiction):
    """What would be needed to judge is not there, or is cut."""

    kind = "open"


class Phrase(NamedTuple):
    """A sentence or a part of one: the key of a text, and its facts."""

    key: str
    facts: Mapping[str, object] = {}

    def said(self, language: int) -> str:
        """Return it in words; ``language`` is a column of ``TEXTS``."""
        facts = {
            name: fact.said(language) if isinstance(fact, Phrase) else harmless(str(fact))
            for name, fact in self.facts.items()
        }
        return TEXTS[self.key][language].format(**facts)


class ProofReport:
    """What is found, by kind: contradicted, open, proven, beyond what is proven."""

    def __init__(self) -> None:
        self.findings: dict[str, list[Phrase]] = {
            kind: [] for kind in ("contradicted", "open", "proven", "beyond")
        }

    def add(self, kind: str, key: str, **facts: object) -> None:
        """Note a finding, each once; of a kind not more than a hundred."""
        if (finding := Phrase(key, facts)) not in self.findings[kind] and len(self.findings[kind]) < 100:
            self.findings[kind].append(finding)

    @property
    def exit_code(self) -> int:
        """0 proven, 1 contradicted, 2 could not be judged."""
        if self.findings["contradicted"]:
            return 1
        return 2 if self.findings["open"] or not self.findings["proven"] else 0

    def words(self, language: int) -> str:
        """Return the whole judgement in words. Where something is contradicted, nothing is called proven."""
        lines: list[str] = []
        for kind, findings in self.findings.items():
            if findings and not (kind in ("proven", "beyond") and self.exit_code == 1):
                title = "provided" if kind == "proven" and self.exit_code == 2 else kind
                lines += [TEXTS[f"title-{title}"][language]]
                lines += [f"  {finding.said(language)}" for finding in findings] + [""]
        return "\n".join(lines)


def harmless(text: str) -> str:
    """Return a text from outside as one line without anything that moves a terminal's cursor or turns its writing."""
    return "".join(char if char.isprintable() else "?" for char in text)[:2000]


def rupiah(amount: object) -> str:
    """Write an amount as it is written in Indonesia."""
    return f"Rp{amount:,}".replace(",", ".")


def read_file(file: Path) -> bytes:
    """Return a file's content."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(file, error) from None


def unreadable(what: object, error: OSError) -> NotJudged:
    """Return the finding that something cannot be read, and why, in words where the fault is a common one."""
    why = f"system-{errno.errorcode.get(error.errno or 0)}"
    return NotJudged("unreadable", what=what, why=Phrase(why) if why in TEXTS else error.strerror)


# ======== Tree ========


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than a size: how many leaves the left subtree has."""
    return 1 << (size - 1).bit_length() - 1


def _root_over(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that a path leads to: PATH of section 2.1.1, read backwards."""
    if size == 1:
        () = proof
        return leaf
    *rest, sibling = proof
    left = _split(size)
    if index < left:
        return node_hash(_root_over(leaf, index, left, rest), sibling)
    return node_hash(sibling, _root_over(leaf, index - left, size - left, rest))


def inclusion_is_proven(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the leaf is the entry ``index`` of the tree of ``size`` with this root."""
    try:
        return len(leaf) == 32 and 0 <= index < size and _root_over(leaf, index, size, proof) == root
    except ValueError:  # too few hashes, or too many
        return False


# ======== Keys and checkpoints ========

ED25519, COSIGNATURE, ML_DSA_44 = 0x01, 0x04, 0x06
"""Kinds of keys: Ed25519 over the note; Ed25519 and ML-DSA-44 with the time of the cosignature."""
LENGTHS = {ED25519: (32, 64), COSIGNATURE: (32, 72), ML_DSA_44: (1312, 2428)}
"""Bytes of key and signature by kind."""
NUMBER, BASE64 = r"(?:0|[1-9][0-9]{0,17})", r"[A-Za-z0-9+/]+={0,2}"
CHECKPOINT = re.compile(
    rf"(?P<text>(?P<origin>[^\x00-\x1f]+)\n(?P<size>{NUMBER})\n(?P<root>{BASE64})\n"
    rf"(?P<heads>(?:[^\x00-\x20]+ {NUMBER} {BASE64}\n)*))\n"
    rf"(?P<signatures>(?:— [^\x00-\x20+]+ {BASE64}\n)+)"
)


class PublicKey(NamedTuple):
    """A public key: who has it, the hash that tells it from others of that name, its kind, and the key itself."""

    name: str
    id: str
    kind: int
    public: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.id}"


class SignedCheckpoint(NamedTuple):
    """A checkpoint: what is signed as ``text``, and what it states; a receipt has neither text nor signatures.

    ``heads`` are the last position of each stream and the SHA-256 of what was recorded there; ``signatures`` are the
    names of keys, and what each has signed.
    """

    text: str
    origin: str
    size: int
    root: bytes
    heads: Mapping[str, tuple[int, bytes]] = {}
    signatures: Sequence[tuple[str, bytes]] = ()


class Trusted(NamedTuple):
    """Whom the reader trusts: keys of the log, keys of witnesses, and how many of them must have cosigned."""

    keys: Sequence[PublicKey]
    witnesses: Sequence[PublicKey]
    quorum: int


def parsed(form: re.Pattern[str], content: bytes, what: object) -> re.Match[str]:
    """Return how a text fits its form, whole."""
    match = form.fullmatch(content.decode("utf-8", "replace"))
    if match is None or "\ufffd" in match[0]:
        raise NotJudged("malformed", what=what)
    return match


def in_base64(text: str, what: object, length: int | None = None) -> bytes:
    """Decode base64 that is written in its one right way."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        raise NotJudged("malformed", what=what) from None
    if base64.b64encode(content).decode() != text or length not in (None, len(content)):
        raise NotJudged("malformed", what=what)
    return content


def read_key(text: str) -> PublicKey:
    """Read a public key, NAME+ID+BASE64; its id must be the one that follows from it."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        content = in_base64(encoded, text)
    except NotJudged:
        content = b""
    computed_id = hashlib.sha256(f"{name}\n".encode() + content).hexdigest()[:8]
    kind = content[0] if content else 0
    if not name or computed_id != key_id or kind not in LENGTHS or len(content) != 1 + LENGTHS[kind][0]:
        raise NotJudged("bad-key", text=text[:200])
    return PublicKey(name, computed_id, kind, content[1:])


def read_checkpoint(note: bytes, what: object = "checkpoint") -> SignedCheckpoint:
    """Read a signed checkpoint; its signatures are not judged here."""
    match = parsed(CHECKPOINT, note, what)
    heads, signatures = dict[str, tuple[int, bytes]](), []
    for line in match["heads"].split("\n")[:-1]:
        stream, position, digest = line.split(" ")
        if stream in heads:
            raise NotJudged("malformed", what=what)
        heads[stream] = int(position), in_base64(digest, what, 32)
    for line in match["signatures"].split("\n")[:-1]:
        _, name, encoded = line.split(" ")
        content = in_base64(encoded, what)
        signatures.append((f"{name}+{content[:4].hex()}", content[4:]))
    root = in_base64(match["root"], what, 32)
    return SignedCheckpoint(match["text"], match["origin"], int(match["size"]), root, heads, signatures)


def verify(key: PublicKey, signature: bytes, checkpoint: SignedCheckpoint) -> int | None:
    """Return the time of a right signature in seconds since 1970, 0 where it has none; None where it is not right."""
    if len(signature) != LENGTHS[key.kind][1]:
        return None
    if not CAN_VERIFY:
        raise NotJudged("no-cryptography")
    time, text = int.from_bytes(signature[:8], "big"), checkpoint.text.encode()
    try:
        if key.kind == ED25519:
            time = 0
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text)
        elif key.kind == COSIGNATURE:
            stated = f"cosignature/v1\ntime {time}\n".encode() + text
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[8:], stated)
        else:
            name, origin = key.name.encode(), checkpoint.origin.encode()
            stated = b"subtree/v1\n\x00" + bytes([len(name)]) + name + signature[:8]
            stated += bytes([len(origin)]) + origin
            stated += bytes(8) + checkpoint.size.to_bytes(8, "big") + checkpoint.root
            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature[8:], stated)
    except InvalidSignature:
        return None
    except UnsupportedAlgorithm:
        raise NotJudged("no-cryptography") from None
    return time


def judge_signatures(
    report: ProofReport, checkpoint: SignedCheckpoint, trusted: Trusted, quorum: int | None = None
) -> None:
    """Say who signed a checkpoint. A signature that is not right, or none by a key that was given, is a contradiction."""
    cosigned, of_size = set[str](), {"size": checkpoint.size}
    of_log = [key for key in trusted.keys if key.name == checkpoint.origin]
    for key in (*of_log, *(one for one in trusted.witnesses if one.name != checkpoint.origin)):
        for signature in (content for signer, content in checkpoint.signatures if signer == str(key)):
            try:
                time = verify(key, signature, checkpoint)
            except NotJudged as error:
                report.add("open", error.key)
                continue
            if time is None:
                report.add("contradicted", "bad-signature", signer=key, **of_size)
            elif key in of_log:
                report.add("proven", "signed", origin=checkpoint.origin, signer=key, **of_size)
            else:
                report.add("proven", "witnessed", signer=key, time=moment(time), **of_size)
                cosigned.add(key.name)
    signers = [signer for signer, _ in checkpoint.signatures]
    if not trusted.keys:
        report.add("open", "no-key")
    elif not any(str(key) in signers for key in of_log):
        report.add("contradicted", "unknown-signer", origin=checkpoint.origin, signers=", ".join(signers))
    wanted = trusted.quorum if quorum is None else quorum
    if len(cosigned) < wanted:
        report.add("open", "few-witnesses", count=len(cosigned), wanted=wanted, **of_size)
    elif not trusted.witnesses:
        report.add("beyond", "no-witness")


def moment(seconds: int) -> str:
    """Write a time for people, in UTC; what is beyond the year 9999 as its end."""
    return dt.datetime.fromtimestamp(min(seconds, 253402300799), dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


# ======== Entries ========

LEAF = re.compile(rb"(trail|ledger/(?:0|[1-9][0-9]{0,4}))\n(0|[1-9][0-9]{0,17})\n")
"""How an entry begins."""
HASHED = b"sha256:"
"""Before the hash that stands in an entry for a body that is too long for it."""
PROOF = re.compile(
    rf"c2sp\.org/tlog-proof@v1\n(?:extra (?P<extra>{BASE64})\n)?index (?P<index>{NUMBER})\n"
    rf"(?P<hashes>(?:{BASE64}\n)*)"
)


class LoggedEntry(NamedTuple):
    """An entry of the log: its leaf index, and the stream and position at which ``body`` was recorded.

    Of a body that is too long for an entry the log has ``sha256:`` and its hash.
    """

    leaf_index: int
    stream: str
    position: int
    body: bytes

    @property
    def place(self) -> dict[str, object]:
        """Return what a finding names."""
        return {"index": self.leaf_index, "stream": self.stream, "position": self.position}


class InclusionProof(NamedTuple):
    """A ``tlog-proof``: leaf index, hashes, the checkpoint as bytes, and what was put beside it."""

    leaf_index: int
    hashes: Sequence[bytes]
    checkpoint: bytes
    extra: bytes


def read_leaf(index: int, leaf: bytes) -> LoggedEntry:
    """Read an entry from its bytes."""
    match = LEAF.match(leaf)
    if match is None:
        raise Contradiction("not-a-leaf", index=index)
    return LoggedEntry(index, match[1].decode(), int(match[2]), leaf[match.end() :])


def shortened_body(body: bytes) -> bytes:
    """Return what stands in an entry for a body that is too long for it."""
    return HASHED + hashlib.sha256(body).hexdigest().encode()


def read_proof(content: bytes, what: object) -> InclusionProof:
    """Read a proof of inclusion."""
    head, parted, checkpoint = content.partition(b"\n\n")
    match = parsed(PROOF, head + parted[:1], what)
    hashes = [in_base64(line, what, 32) for line in match["hashes"].splitlines()]
    return InclusionProof(int(match["index"]), hashes, checkpoint, in_base64(match["extra"] or "", what))


def proven_entry(leaf: bytes, proof: InclusionProof, checkpoint: SignedCheckpoint) -> LoggedEntry:
    """Return the entry that a proof is of, which must lead to the root of the checkpoint."""
    entry, size = read_leaf(proof.leaf_index, leaf), checkpoint.size
    if not inclusion_is_proven(leaf_hash(leaf), proof.leaf_index, size, proof.hashes, checkpoint.root):
        raise Contradiction("not-included", **entry.place)
    return entry


def in_json(content: bytes) -> dict[str, object]:
    """Return the event or record that was recorded; empty where it is none."""
    try:
        return in_object(json.loads(content))
    except (ValueError, RecursionError):
        return {}


def in_object(value: object) -> dict[str, object]:
    """Return the members of an object of JSON; of anything else none."""
    return value if isinstance(value, dict) else {}


# ======== Bundle ========

NAMES = re.compile(
    r"bundle\.json|award\.json|checkpoint|keys|verifier\.py|README\.md"
    r"|rulebook/[0-9a-f]{64}(?:\.json|/(?:\w[\w.-]*/)?\w[\w.-]*)"
    rf"|entries/{NUMBER}\.(?:entry|body)|proofs/{NUMBER}\.tlog-proof"
)
"""Files that a bundle can have."""
MOST_BYTES = 256 * 1024 * 1024
"""What a bundle can unpack to: more is none, or was made to fill a memory."""
FILED, ADOPTED, ASSESSED = "kelambu.claim.filed.v", "kelambu.rulebook.adopted.v", "kelambu.claim.assessed.v"
Award: TypeAlias = dict[str, list[dict[str, object]]]


def judge_bundle(report: ProofReport, place: Path, trusted: Trusted) -> None:
    """Judge the bundle of a claim, from a directory or a ZIP."""
    files = read_bundle(place)
    judge_contents(report, files, trusted)
    for key in ("recalculate", "complete", "true"):
        report.add("beyond", key)
    if files.get("verifier.py", b"") != Path(__file__).read_bytes():
        report.add("beyond", "other-program")


def judge_contents(report: ProofReport, files: Mapping[str, bytes], trusted: Trusted | None = None) -> None:
    """Judge whether the checkpoint has every entry of a bundle, and every other file says what the entries say.

    A file of a bundle that does not have its form is a contradiction, for ``bundle.json`` has its hash. Without
    ``trusted`` signatures are not judged.
    """
    for name in ("bundle.json", "award.json", "checkpoint", "keys"):
        if name not in files:
            raise Contradiction("file-missing", name=name)
    claim = in_json(files["bundle.json"]).get("claim")
    if not isinstance(claim, str):
        raise Contradiction("malformed", what="bundle.json")
    try:
        checkpoint = read_checkpoint(files["checkpoint"])
        if trusted is not None:
            judge_signatures(report, checkpoint, trusted)
        entries = list(_proven_entries(files, checkpoint))
    except NotJudged as error:
        raise Contradiction(error.key, **error.facts) from None
    report.add("proven", "included", count=len(entries))
    _judge_claim(report, claim, entries)
    expected = award(claim, entries)
    if files["award.json"] != written(expected):
        raise Contradiction("named-otherwise", name="award.json")
    if files["bundle.json"] != written(contents(claim, checkpoint.origin, checkpoint.size, entries, files)):
        raise Contradiction("named-otherwise", name="bundle.json")
    _judge_rulebooks(report, expected, files)
    for last in expected["assessments"][-1:]:
        outcome = f"says-{last['outcome']}"
        says = Phrase(outcome) if outcome in TEXTS else last["outcome"]
        report.add("proven", "assessed", **{**last, "outcome": says, "amount": rupiah(last["amount"])})


def _proven_entries(files: Mapping[str, bytes], checkpoint: SignedCheckpoint) -> Iterator[LoggedEntry]:
    """Yield the entries in the order of the log; each has its file and its proof, and a body where it is too long."""
    named = {int(Path(name).stem) for name in files if name.startswith(("entries/", "proofs/"))}
    for index in sorted(named):
        entry_name, proof_name = f"entries/{index}.entry", f"proofs/{index}.tlog-proof"
        for name in (entry_name, proof_name):
            if name not in files:
                raise Contradiction("file-missing", name=name)
        proof = read_proof(files[proof_name], proof_name)
        if proof.leaf_index != index or proof.checkpoint != files["checkpoint"] or proof.extra:
            raise Contradiction("named-otherwise", name=proof_name)
        entry = proven_entry(files[entry_name], proof, checkpoint)
        body_name = f"entries/{index}.body"
        if entry.body.startswith(HASHED) or body_name in files:
            body = files.get(body_name, b"")
            if entry.body != shortened_body(body):
                raise Contradiction("named-otherwise", name=body_name)
            entry = entry._replace(body=body)
        yield entry


def _judge_claim(report: ProofReport, claim: str, entries: Sequence[LoggedEntry]) -> None:
    """Everything must be about the claim, about the person that it was filed for, or a rulebook of the same partition."""
    events = [(entry, in_json(entry.body)) for entry in entries]
    filings = [pair for pair in events if _is(pair[1], FILED) and pair[1].get("subject") == claim]
    if not filings:
        raise Contradiction("never-filed", claim=claim)
    filing, filed = filings[0]
    before = 0
    for entry, event in events:
        of_person = event.get("person") == filed.get("person") is not None
        if entry.stream != filing.stream or not (of_person or _is(event, ADOPTED)):
            raise Contradiction("foreign", **entry.place, claim=claim)
        if (f"ledger/{event.get('partition')}", event.get("position")) != (entry.stream, entry.position):
            raise Contradiction("not-a-leaf", index=entry.leaf_index)
        if entry.position <= before:
            raise Contradiction("gap", **entry.place, wanted=f"> {before}")
        before = entry.position
    report.add("proven", "claim-of", claim=claim, time=filed.get("recordedtime", "–"))


def _judge_rulebooks(report: ProofReport, expected: Award, files: Mapping[str, bytes]) -> None:
    """Each rulebook that an entry names must be enclosed, by the hash that it names, and no other."""
    named = {str(one["rulebook"]): one["index"] for one in (*expected["assessments"], *expected["rulebooks"])}
    enclosed = {name.split("/")[1].removesuffix(".json") for name in files if name.startswith("rulebook/")}
    for rulebook in sorted(enclosed - named.keys()):
        raise Contradiction("file-foreign", name=f"rulebook/{rulebook}")
    for rulebook, index in sorted(named.items()):
        stated = f"rulebook/{rulebook}.json"
        if rulebook not in enclosed:
            raise Contradiction("no-rulebook", index=index, rulebook=rulebook)
        if stated not in files:
            report.add("open", "rulebook-unread", index=index, rulebook=rulebook)
        elif hashlib.sha256(files[stated]).hexdigest() != rulebook:
            raise Contradiction("named-otherwise", name=stated)
        else:
            report.add("proven", "rulebook", index=index, rulebook=rulebook)


def award(claim: str, entries: Sequence[LoggedEntry]) -> Award:
    """Return what ``award.json`` says of a claim, all of it taken from the entries.

    ``input`` are the entries from which the award is calculated, in their order, ``rulebooks`` the rulebook in force
    from an entry on, ``assessments`` what was recorded as concluded, in whole rupiah.
    """
    rulebooks, assessments = list[dict[str, object]](), list[dict[str, object]]()
    for entry in entries:
        event = in_json(entry.body)
        data = in_object(event.get("data"))
        if _is(event, ADOPTED):
            rulebooks.append(entry.place | {name: data.get(name) for name in ("rulebook", "engine")})
        elif _is(event, ASSESSED) and event.get("subject") == claim:
            assessment = entry.place | {name: data.get(name) for name in ("version", "outcome")}
            assessment["time"], assessment["amount"] = event.get("recordedtime"), _total(data.get("lines"))
            assessment["rulebook"] = in_object(data.get("receipt")).get("rulebook")
            assessments.append(assessment)
    places = [entry.place for entry in entries]
    return {"claim": [{"claim": claim}], "input": places, "rulebooks": rulebooks, "assessments": assessments}


def _is(event: Mapping[str, object], kind: str) -> bool:
    return str(event.get("type")).startswith(kind)


def _total(lines: object) -> int:
    amounts = [in_object(line).get("amount") for line in (lines if isinstance(lines, list) else [])]
    return sum(amount for amount in amounts if isinstance(amount, int))


def contents(
    claim: str, origin: str, size: int, entries: Sequence[LoggedEntry], files: Mapping[str, bytes]
) -> object:
    """Return what ``bundle.json`` says: the claim, the tree, each entry by its place, each file by its SHA-256."""
    others = {name: content for name, content in files.items() if name != "bundle.json"}
    return {
        "format": "kelambu-bundle-1",
        "claim": claim,
        "origin": origin,
        "size": size,
        "entries": [entry.place for entry in entries],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in others.items()},
    }


def written(content: object) -> bytes:
    """Return JSON as a bundle has it: one content is written in one way only."""
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"


def read_bundle(place: Path) -> dict[str, bytes]:
    """Return the files of a bundle by name; nothing is unpacked to disk, and not too much to memory."""
    files, room = dict[str, bytes](), MOST_BYTES
    try:
        for name, size, read in _parts(place):
            room -= size
            if room < 0:
                raise NotJudged("malformed", what=place.name)
            if not NAMES.fullmatch(name) or name in files:
                raise Contradiction("file-foreign", name=name)
            files[name] = read()
    except OSError as error:
        raise unreadable(place.name, error) from None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError):
        raise NotJudged("unreadable", what=place.name, why=Phrase("no-zip")) from None
    return files


def _parts(place: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    """Yield what a directory or a ZIP holds: name, length, and how it is read."""
    if place.is_dir():
        for file in sorted(place.rglob("*")):
            if not file.is_dir() or file.is_symlink():
                yield file.relative_to(place).as_posix(), file.stat().st_size, file.read_bytes
        return
    with zipfile.ZipFile(place) as archive:
        for one in archive.infolist():
            if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotJudged("malformed", what=place.name)
            yield one.filename, one.file_size, partial(archive.read, one)


# ======== One entry ========


def judge_proof(report: ProofReport, file: Path, entry: Path | None, trusted: Trusted) -> None:
    """Judge the proof of one entry: a receipt that was redeemed."""
    proof = read_proof(read_file(file), file.name)
    checkpoint = read_checkpoint(proof.checkpoint, file.name)
    judge_signatures(report, checkpoint, trusted)
    leaf = read_file(entry) if entry else proof.extra
    if not leaf:
        raise NotJudged("needs-entry")
    proved = proven_entry(leaf, proof, checkpoint)
    event = in_json(proved.body)
    what = " ".join(str(event.get(name, "")) for name in ("type", "source", "id", "recordedtime")).strip()
    report.add("proven", "one-included", **proved.place, what=what or "–")
    report.add("beyond", "true")


# ======== Letter ========

LETTER = re.compile(
    r"(?P<signed>kelambu-letter/1\|(?P<claim>[A-Z0-9-]{1,40})\|(?P<says>[a-z-]+)\|(?P<amount>0|[1-9][0-9]{0,14})"
    r"\|(?P<on>[0-9]{4}-[0-9]{2}-[0-9]{2})\|(?P<place>[0-9]{1,3}:[0-9]{1,15})\|(?P<origin>[!-{}~]{1,200}))"
    r"\|(?P<signature>[A-Za-z0-9_-]{86})"
)


def judge_letter(report: ProofReport, text: str, trusted: Trusted) -> None:
    """Judge the line of a letter, however it was wrapped: whether the fund has said so."""
    line = LETTER.fullmatch("".join(text.split()))
    if line is None or f"says-{line['says']}" not in TEXTS:
        raise NotJudged("malformed", what=text[:60])
    if not trusted.keys:
        raise NotJudged("no-key")
    signature = base64.urlsafe_b64decode(f"{line['signature']}==")
    signed = SignedCheckpoint(f"kelambu-letter/1\n{line['signed']}", line["origin"], 0, b"")
    for key in trusted.keys:
        if (key.name, key.kind) == (line["origin"], ED25519) and verify(key, signature, signed) is not None:
            parameters = {"claim": line["claim"], "on": line["on"], "place": line["place"], "signer": key}
            says = Phrase(f"says-{line['says']}")
            report.add("proven", "letter", **parameters, says=says, amount=rupiah(int(line["amount"])))
            report.add("beyond", "paper")
            return
    raise Contradiction("letter-forged", origin=line["origin"])


# ======== Log ========

WIDTH = 256
"""Hashes in a full tile."""


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over these hashes, each a leaf or a full subtree of one height; the last may be a smaller one."""
    level = list(hashes) or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def checkpoint_in(file: Path) -> SignedCheckpoint:
    """Read the checkpoint of a file, with or without the proof for a witness before it."""
    note = read_file(file)
    return read_checkpoint(note.partition(b"\n\n")[2] if note.startswith(b"old ") else note, file.name)


def tile_name(level: str, tile: int, width: int = WIDTH) -> str:
    """Return the name of a tile; of a ``level`` or of ``entries``."""
    parts = [f"{tile:03d}"[-3:]]
    while tile := tile // 1000:
        parts.insert(0, f"x{tile % 1000:03d}")
    return f"tile/{level}/{'/'.join(parts)}" + (f".p/{width}" if width < WIDTH else "")


def read_tile(directory: Path, level: str, tile: int, width: int) -> bytes:
    """Return the tile of this width, or else the widest that there is; nothing where there is none."""
    full = directory / tile_name(level, tile)
    aside = full.with_name(f"{full.name}.p")
    partly = list(aside.iterdir()) if aside.is_dir() else []
    partly.sort(key=lambda file: file.name.zfill(3), reverse=True)
    place = next((file for file in (aside / str(width), full, *partly) if file.is_file()), None)
    return b"" if place is None else read_file(place)


def leaves_of(directory: Path, tile: int, width: int) -> Iterator[bytes]:
    """Yield the entries of a tile up to a width, or up to where it is cut off."""
    content, at = read_tile(directory, "entries", tile, width), 0
    for _ in range(width):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if at + 2 > len(content) or end > len(content):
            return
        yield content[at + 2 : end]
        at = end


def digest_of(body: bytes) -> bytes:
    """Return the SHA-256 of what was recorded, of which an entry has this."""
    if re.fullmatch(HASHED + rb"[0-9a-f]{64}", body):
        return bytes.fromhex(body.removeprefix(HASHED).decode())
    return hashlib.sha256(body).digest()


class ReadLog:
    """A log as its directory has it: every hash calculated from the entries, up to the first that is missing."""

    def __init__(self, directory: Path, sizes: Sequence[int]) -> None:
        """Read it up to the largest of these sizes; how far each stream stands is known at each of them."""
        self.directory = directory
        self.hashes: list[bytes] = []
        self.wrong: list[Phrase] = []
        self._ends: dict[int, dict[bytes, tuple[int, bytes]]] = {}
        last: dict[bytes, tuple[int, bytes]] = {}
        nothing = 0, b""
        for index, leaf in enumerate(self._leaves(max(sizes))):
            if index in sizes:
                self._ends[index] = dict(last)
            self.hashes.append(leaf_hash(leaf))
            if not (match := LEAF.match(leaf)):
                self.wrong.append(Phrase("not-a-leaf", {"index": index}))
                continue
            stream, position = match[1], int(match[2])
            wanted = last.get(stream, nothing)[0] + 1
            if position != wanted:
                place = {"index": index, "stream": stream.decode(), "position": position}
                self.wrong.append(Phrase("gap", {**place, "wanted": wanted}))
            last[stream] = position, leaf[match.end() :]
        self._ends[self.count] = last

    def _leaves(self, size: int) -> Iterator[bytes]:
        for start in range(0, size, WIDTH):
            width = min(WIDTH, size - start)
            leaves = list(leaves_of(self.directory, start // WIDTH, width))
            yield from leaves
            if len(leaves) < width:
                return

    @property
    def count(self) -> int:
        """How many entries there are, up to the first that is missing."""
        return len(self.hashes)

    def heads(self, size: int) -> dict[str, tuple[int, bytes]]:
        """Return how far each stream stands at one of the sizes, or at the end where that comes before."""
        ends = self._ends[min(size, self.count)]
        return {stream.decode(): (at, digest_of(body)) for stream, (at, body) in ends.items()}

    def entries(self) -> Iterator[LoggedEntry]:
        """Yield the entries that are there."""
        return map(read_leaf, range(self.count), self._leaves(self.count))

    def place(self, index: int) -> dict[str, object]:
        """Return what a finding names of an entry that is there."""
        *_, leaf = leaves_of(self.directory, index // WIDTH, index % WIDTH + 1)
        return read_leaf(index, leaf).place

    def leads_to(self, state: SignedCheckpoint) -> bool:
        """Return whether the entries give the root of a state of the log."""
        return self.count >= state.size and root_of(self.hashes[: state.size]) == state.root

    def first_changed(self, checkpoint: SignedCheckpoint) -> int | None:
        """Return the first index whose entry is not that of the kept hashes, if these lead to the checkpoint's root."""
        kept: list[bytes] = []
        for start in range(0, checkpoint.size, WIDTH):
            width = min(WIDTH, checkpoint.size - start)
            tile = read_tile(self.directory, "0", start // WIDTH, width)
            kept += [tile[at : at + 32] for at in range(0, width * 32, 32)]
        if root_of(kept) != checkpoint.root:
            return None
        return next(at for at, hash_ in enumerate(kept) if hash_ != self.hashes[at])


def judge_log(
    report: ProofReport, directory: Path, files: Sequence[Path], trusted: Trusted, other: Path | None = None
) -> ReadLog:
    """Judge a log in its directory against its own checkpoint and those from outside, and another copy of it.

    Witnesses are asked for on the checkpoints from outside, where there are any, else on its own.
    """
    own_file = directory / "checkpoint"
    own = [checkpoint_in(own_file)] if own_file.is_file() or not files else []
    outside = [checkpoint_in(file) for file in files]
    if not outside:
        report.add("beyond", "own-checkpoint")
    every = sorted([*own, *outside], key=lambda checkpoint: checkpoint.size)
    for checkpoint in every:
        judge_signatures(report, checkpoint, trusted, 0 if outside and checkpoint in own else None)
        require_same_log(checkpoint, every[0], directory)
    for older, newer in pairwise(every):
        if older.size == newer.size and older.root != newer.root:
            report.add("contradicted", "two-histories", origin=older.origin, size=older.size)
    log, good = ReadLog(directory, [checkpoint.size for checkpoint in every]), [0]
    for checkpoint in every:
        if _agrees(
            report, log, checkpoint, max(size for size in good if size <= max(checkpoint.size - 1, 0))
        ):
            good.append(checkpoint.size)
    for wrong in log.wrong:
        report.add("contradicted", wrong.key, **wrong.facts)
    if own and own[0].size == good[-1]:
        _judge_tiles(report, log, own[0].size)
    if other is not None:
        _judge_other(report, log, other)
    report.add("beyond", "true")
    return log


def require_same_log(state: SignedCheckpoint, wanted: SignedCheckpoint, what: object) -> None:
    """Two states can be compared only where they are of one log."""
    if state.origin != wanted.origin:
        raise Contradiction("other-log", what=what, origin=state.origin, wanted=wanted.origin)


def _agrees(report: ProofReport, log: ReadLog, checkpoint: SignedCheckpoint, good: int) -> bool:
    """Judge a log against one checkpoint; ``good`` entries are known to be right already."""
    size, same = checkpoint.size, log.leads_to(checkpoint)
    if log.count < size:
        report.add("contradicted", "cut", size=size, index=log.count)
    elif not same and (changed := log.first_changed(checkpoint)) is not None:
        report.add("contradicted", "changed-entry", **log.place(changed))
    elif not same and good < size:
        report.add("contradicted", "changed-between", good=good, last=size - 1, **log.place(good))
    here = log.heads(size)
    for stream, (position, digest) in checkpoint.heads.items():
        there = here.get(stream, (0, hashlib.sha256(b"").digest()))
        if there != (position, digest):
            report.add("contradicted", "other-head", stream=stream, position=position, found=there[0])
            same = False
    if same:
        report.add("proven", "whole-log", size=size, directory=log.directory)
        for stream, (position, _) in checkpoint.heads.items():
            report.add("proven", "stream", stream=stream, position=position)
    return same


def _judge_tiles(report: ProofReport, log: ReadLog, size: int) -> None:
    """Compare every file of hashes with what the entries come to."""
    level, hashes = 0, log.hashes[:size]
    while hashes:
        parts = [hashes[at : at + WIDTH] for at in range(0, len(hashes), WIDTH)]
        for tile, part in enumerate(parts):
            if read_tile(log.directory, str(level), tile, len(part))[: len(part) * 32] != b"".join(part):
                report.add("contradicted", "bad-tile", name=tile_name(str(level), tile, len(part)))
        hashes = [root_of(part) for part in parts if len(part) == WIDTH]
        level += 1


def _judge_other(report: ProofReport, log: ReadLog, directory: Path) -> None:
    """Compare a log with another copy of it, entry by entry, as far as both go."""
    theirs = ReadLog(directory, [checkpoint_in(directory / "checkpoint").size])
    same = [ours == other for ours, other in zip(log.hashes, theirs.hashes, strict=False)]
    if all(same):
        report.add("proven", "same-log", count=len(same), other=directory)
    else:
        report.add("contradicted", "first-other", **log.place(same.index(False)), other=directory)


# ======== Copies ========


def judge_copy(
    report: ProofReport, name: object, copied: Iterable[LoggedEntry], log: ReadLog, kind: str, *, whole: bool
) -> None:
    """Hold a copy of the streams of a kind (``ledger``, ``trail`` or both) against the log.

    One that is not ``whole`` may have been made earlier, and what it has beyond the log is left open.
    """
    recorded = {
        (entry.stream, entry.position): entry.leaf_index
        for entry in log.entries()
        if entry.stream.startswith(kind)
    }
    ends = dict(recorded.keys())
    seen, last, later = set[tuple[str, int]](), dict[str, int](), 0
    for one in copied:
        place = one.stream, one.position
        parameters: dict[str, object] = {"name": name, "stream": one.stream, "position": one.position}
        last[one.stream] = max(last.get(one.stream, 0), one.position)
        if place in recorded and place not in seen:
            head, parameters["index"] = f"{one.stream}\n{one.position}\n".encode(), recorded[place]
            ways = (leaf_hash(head + body) for body in (one.body, shortened_body(one.body)))
            if log.hashes[recorded[place]] not in ways:
                report.add("contradicted", "copy-other", **parameters)
            seen.add(place)
        elif one.position > ends.get(one.stream, 0):
            later += 1
        else:
            report.add("contradicted", "copy-added", **parameters)
    missing = [place for place in recorded if place not in seen]
    lost = [place for place in missing if whole or place[1] <= last.get(place[0], 0)]
    for stream, position in lost:
        parameters = {"index": recorded[stream, position], "stream": stream, "position": position}
        report.add("contradicted", "copy-missing", name=name, **parameters)
    report.add("proven", "copy-same", name=name, count=len(seen))
    if len(missing) > len(lost):
        report.add("beyond", "copy-ends", name=name, count=len(missing) - len(lost))
    if later:
        report.add("beyond" if whole else "open", "copy-later", name=name, count=later)


def judge_export(report: ProofReport, directory: Path, log: ReadLog) -> None:
    """Hold ``ledger.jsonl`` and ``trail.jsonl`` against the entries, and every other file against what was handed out."""
    files = sorted(file for file in directory.iterdir() if file.is_file()) if directory.is_dir() else []
    if not files:
        raise NotJudged("file-missing", name=directory)
    trail = [entry for entry in log.entries() if entry.stream == "trail"]
    for file in files:
        if file.name in ("ledger.jsonl", "trail.jsonl"):
            judge_copy(report, file.name, _lines_of(file), log, file.stem, whole=False)
            continue
        digest = hashlib.sha256(read_file(file)).hexdigest().encode()
        # As a record states it of a file, and not in what somebody wrote, where quotes have a backslash before them.
        pattern = re.compile(rb'"(?:sha256|frame_sha256|manifest)":"%s"' % digest)
        records = [entry for entry in trail if pattern.search(entry.body)]
        if records:
            report.add("proven", "handed-out", name=file.name, position=records[0].position)
        else:
            report.add("open", "not-handed-out", name=file.name)


def _lines_of(file: Path) -> Iterator[LoggedEntry]:
    for number, line in enumerate(read_file(file).splitlines(), 1):
        if file.stem == "trail":
            yield LoggedEntry(-1, "trail", number, line)
            continue
        event = in_json(line)
        position = event.get("position")
        if not isinstance(position, int):
            raise NotJudged("malformed", what=f"{file.name}:{number}")
        yield LoggedEntry(-1, f"ledger/{event.get('partition')}", position, line)


def judge_server_file(report: ProofReport, data: Path, log: ReadLog) -> None:
    """Hold what the append-only file of the server in a data directory writes into ledger and trail against the log."""
    folder = data / "server" / "appendonlydir"
    report.add("beyond", "server-keys")
    if not folder.is_dir():
        report.add("beyond", "no-server-file", directory=folder)
        return
    manifest = folder / "appendonly.aof.manifest"
    named = [
        re.fullmatch(r"file ([\w.-]+) seq [0-9]+ type ([bhi])(?: \w+ [0-9]+)*", line)
        for line in read_file(manifest).decode("utf-8", "replace").splitlines()
    ]
    files = [folder / one[1] for one in named if one and one[2] != "h"]
    if None in named or not files:
        raise NotJudged("malformed", what=manifest)
    copied = (one for file in files for one in _added_in(report, file))
    judge_copy(report, folder, copied, log, "", whole=True)


ANYWHERE = set(b"COPY DEBUG EVAL EVALSHA FCALL FLUSHALL FLUSHDB MOVE REPLICAOF SLAVEOF SWAPDB".split())
"""Commands that change what they do not name, or in another database; a server writes none of them for Kelambu."""


def _added_in(report: ProofReport, file: Path) -> Iterator[LoggedEntry]:
    """Yield what each XADD adds to ledger and trail; any other command on them, or on everything, takes something back."""
    database = b"0"
    for name, *arguments in _commands(report, file):
        command = name.upper()
        if command == b"SELECT":
            database = b" ".join(arguments)
        if command in ANYWHERE:
            _take_back(report, file, name, "*")
        for key in (arguments[:1] if command == b"XADD" else arguments) if database == b"0" else ():
            if not (stream := re.fullmatch(rb"\{p(0[0-9]|[1-9][0-9]+)\}:ledger|\{audit\}:trail", key)):
                continue
            stream_name = f"ledger/{int(stream[1])}" if stream[1] else "trail"
            match command, arguments:
                case b"XADD", [_, position, b"e", body] if re.fullmatch(rb"[1-9][0-9]{0,17}-0", position):
                    yield LoggedEntry(-1, stream_name, int(position[:-2]), body)
                case b"XSETID" | b"XGROUP", _:
                    pass  # as a server writes them when it rewrites its file
                case _:
                    _take_back(report, file, name, stream_name)


def _take_back(report: ProofReport, file: Path, command: bytes, stream: str) -> None:
    parameters = {"command": command.decode("utf-8", "replace"), "stream": stream}
    report.add("contradicted", "taken-back", name=file.name, **parameters)


def _commands(report: ProofReport, file: Path) -> Iterator[list[bytes]]:
    """Yield the commands of an append-only file: ``*COUNT``, for each part ``$LENGTH`` and the part; lines end in CR LF."""
    try:
        most = file.stat().st_size
        with file.open("rb") as opened:
            while head := opened.readline():
                at = opened.tell() - len(head)
                if not head.startswith(b"#"):  # a time that the server noted
                    yield _command(opened, head, most)
    except OSError as error:
        raise unreadable(file, error) from None
    except ValueError:
        report.add("open", "torn", name=file.name, at=at)


def _command(opened: BinaryIO, head: bytes, most: int) -> list[bytes]:
    parts = []
    for _ in range(_counted(b"*", head)):
        length = _counted(b"$", opened.readline())
        parts.append(opened.read(min(length, most)))
        if opened.read(2) != b"\r\n":
            raise ValueError
    if not parts:
        raise ValueError
    return parts


def _counted(mark: bytes, line: bytes) -> int:
    """Return the number of a line, written as a server writes it: what it reads otherwise than Python is none."""
    if not re.fullmatch(re.escape(mark) + rb"[0-9]+\r\n", line):
        raise ValueError
    return int(line[1:])


# ======== Two states ========


def _roots_over(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes | None
) -> tuple[bytes, bytes]:
    """Return both roots that a proof leads to: SUBPROOF of RFC 6962, section 2.1.2, read backwards.

    ``old_root`` is known where the older tree is a whole left part of the later one.
    """
    if old_size == size:
        if old_root is not None:
            () = proof
            return old_root, old_root
        (both,) = proof
        return both, both
    *rest, sibling = proof
    left = _split(size)
    if old_size <= left:
        old, new = _roots_over(old_size, left, rest, old_root)
        return old, node_hash(new, sibling)
    old, new = _roots_over(old_size - left, size - left, rest, None)
    return node_hash(sibling, old), node_hash(sibling, new)


def consistency_is_proven(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> bool:
    """Return whether the larger tree begins with the smaller one."""
    if old_size == 0:
        return not proof and old_root == root_of([])
    try:
        return old_size <= size and _roots_over(old_size, size, proof, old_root) == (old_root, root)
    except ValueError:  # too few hashes, or too many
        return False


def judge_consistency(
    report: ProofReport, old_file: Path, new_file: Path, source: Path, trusted: Trusted
) -> None:
    """Judge whether the log of a checkpoint continues an older one's or a receipt's, by a log's directory or by a proof."""
    states, new = read_states(old_file), checkpoint_in(new_file)
    log = ReadLog(source, [new.size]) if source.is_dir() else None
    if not states:
        raise NotJudged("malformed", what=old_file.name)
    if log is None and len({state.size for state in states}) > 1:
        raise NotJudged("one-size", what=old_file.name)
    judge_signatures(report, new, trusted)
    for old in states:
        if old.text:
            judge_signatures(report, old, trusted)
        else:
            report.add("beyond", "receipt", what=old_file.name)
        require_same_log(new, old, new_file.name)
        if new.size < old.size:
            raise Contradiction("shrunk", old=old.size, size=new.size)
        if old.size == new.size and old.root != new.root:
            raise Contradiction("two-histories", origin=old.origin, size=old.size)
        if log is not None and not log.leads_to(new):
            raise NotJudged("named-otherwise", name=source)
        if not (log.leads_to(old) if log else _is_continued(old, new, source)):
            raise Contradiction("inconsistent", old=old.size, size=new.size, last=old.size - 1)
        report.add("proven", "consistent", old=old.size, size=new.size)


def _is_continued(old: SignedCheckpoint, new: SignedCheckpoint, proof: Path) -> bool:
    lines = read_file(proof).decode("utf-8", "replace").partition("\n\n")[0].splitlines()
    hashes = [in_base64(line, proof.name, 32) for line in lines if not line.startswith("old ")]
    return consistency_is_proven(old.size, new.size, hashes, old.root, new.root)


def read_states(file: Path) -> list[SignedCheckpoint]:
    """Read a checkpoint, or of receipts in JSON, one or several, the states of the log that they name."""
    content = read_file(file)
    if not content.lstrip().startswith((b"{", b"[")):
        return [checkpoint_in(file)]
    try:
        try:
            documents = json.loads(content)
        except ValueError:
            documents = [json.loads(line) for line in content.splitlines()]
        states = documents if isinstance(documents, list) else [documents]
        receipts = [one["receipt"] if isinstance(one.get("receipt"), dict) else one for one in states]
        return [
            SignedCheckpoint("", log["origin"], int(log["size"]), in_base64(log["root"], file.name, 32))
            for log in (one.get("log", one) for one in receipts)
            if log.get("root")
        ]
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise NotJudged("malformed", what=file.name) from None


# ======== Command line ========

COMMANDS = {
    "bundle": (1, ()),
    "proof": (1, ("entry",)),
    "log": (1, ("checkpoint", "other")),
    "data": (1, ("checkpoint", "log")),
    "export": (1, ("checkpoint", "log")),
    "consistency": (3, ()),
    "letter": (1, ()),
}
"""How many places each command is given, and which options beside those that all have."""
OF_ALL, REPEATED = ("key", "witness", "quorum", "lang"), ("key", "witness", "checkpoint")
LANGUAGES = ("id", "en")


def read_arguments(words: Sequence[str]) -> tuple[str, list[str], dict[str, list[str]]]:
    """Return the command, its places, and what each option was given; whatever it does not take is refused."""
    places, options, rest = list[str](), defaultdict[str, list[str]](list), iter(words)
    for word in rest:
        if not word.startswith("--"):
            places.append(word)
            continue
        option, has_value, value = word.removeprefix("--").partition("=")
        argument = value if has_value else next(rest, None)
        if argument is None:
            raise NotJudged("use-value", option=word)
        options[option].append(argument)
    command, commands = places.pop(0) if places else "", ", ".join(COMMANDS)
    if command not in COMMANDS:
        raise NotJudged("use-command" if command else "use-none", command=command, known=commands)
    wanted, further = COMMANDS[command]
    for option, values in options.items():
        if option not in OF_ALL + further:
            raise NotJudged("use-option", command=command, option=f"--{option}")
        if len(values) > 1 and option not in REPEATED:
            raise NotJudged("use-twice", option=f"--{option}")
    if len(places) != wanted:
        raise NotJudged("use-places", command=command, wanted=wanted, given=", ".join(places) or "–")
    if command == "export" and not options["log"]:
        raise NotJudged("use-log")
    for option, form in (("quorum", r"[1-9][0-9]{0,3}"), ("lang", "|".join(LANGUAGES))):
        for value in options[option]:
            if not re.fullmatch(form, value):
                raise NotJudged(f"use-{option}", value=value)
    return command, places, options


def read_keys(texts: Iterable[str]) -> list[PublicKey]:
    """Read keys, each a text or a file with one key a line; what stands behind a key, and lines with #, is for people."""
    keys: list[PublicKey] = []
    for text in texts:
        lines = [text]
        if "+" not in text or os.path.isfile(text):  # noqa: PTH113 - a key may be too long for the name of a file
            lines = read_file(Path(text)).decode("utf-8", "replace").splitlines()
        written = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
        if not written:  # who gives a file without a key has asked for a signature all the same
            raise NotJudged("bad-key", text=text)
        keys += map(read_key, written)
    return keys


def judge(
    report: ProofReport, command: str, places: Sequence[str], options: Mapping[str, Sequence[str]]
) -> None:
    """Judge what a command names."""
    witnesses = read_keys(options["witness"])
    quorum = int(options["quorum"][0]) if options["quorum"] else len({key.name for key in witnesses})
    trusted = Trusted(read_keys(options["key"]), witnesses, quorum)
    place, outside = Path(places[0]), [Path(file) for file in options["checkpoint"]]
    entry, log, other = (
        Path(*options[name]) if options[name] else None for name in ("entry", "log", "other")
    )
    match command:
        case "bundle":
            judge_bundle(report, place, trusted)
        case "proof":
            judge_proof(report, place, entry, trusted)
        case "letter":
            judge_letter(report, places[0], trusted)
        case "consistency":
            judge_consistency(report, place, Path(places[1]), Path(places[2]), trusted)
        case "export" | "data":
            against = judge_log(report, log or place / "log", outside, trusted)
            (judge_export if command == "export" else judge_server_file)(report, place, against)
        case _:
            judge_log(report, place, outside, trusted, other)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # not every terminal knows every sign
    words = sys.argv[1:] if argv is None else list(argv)
    languages = [after for word, after in pairwise(words) if word == "--lang"]
    languages += [word.partition("=")[2] for word in words if word.startswith("--lang=")]
    languages += [os.environ.get("KELAMBU_LANG", "")]
    language = LANGUAGES.index(next((word for word in languages if word in LANGUAGES), LANGUAGES[0]))
    if not words or {"-h", "--help"} & set(words):
        sys.stdout.write(USAGE[language])
        return 0
    try:
        arguments = read_arguments(words)
    except NotJudged as error:
        sys.stdout.write(f"{USAGE[language]}\n{Phrase(error.key, error.facts).said(language)}\n")
        return 2
    report = ProofReport()
    try:
        judge(report, *arguments)
    except Contradiction as error:
        report.add(error.kind, error.key, **error.facts)
    sys.stdout.write(report.words(language))
    return report.exit_code


# ======== Texts ========

USAGE = (
    """\
Memeriksa apa yang dibuktikan log Kelambu, tanpa Kelambu.

  python verifier.py bundle BERKAS.zip-ATAU-DIREKTORI     bukti satu klaim
  python verifier.py proof BERKAS.tlog-proof              satu entri; --entry BERKAS bila tidak dimuat
  python verifier.py log DIREKTORI                        seluruh log; --other DIREKTORI: salinan lain
  python verifier.py data DIREKTORI                       direktori data dan berkas servernya; --log DIREKTORI
  python verifier.py export DIREKTORI --log DIREKTORI     ekspor terhadap log
  python verifier.py consistency LAMA BARU SUMBER         dua keadaan log; SUMBER: direktori log atau bukti
  python verifier.py letter TEKS                          baris dari kode QR surat

  --key KUNCI          kunci publik log (untuk letter: kunci surat), NAMA+ID+BASE64 atau berkas, satu per baris
  --witness KUNCI      kunci publik saksi; --quorum N: berapa saksi yang harus ikut menandatangani (bawaan: semua)
  --checkpoint BERKAS  titik pemeriksaan dari luar, untuk log, data dan export; boleh beberapa kali
  --lang id|en         bahasa; bawaan KELAMBU_LANG, lalu id

LAMA dapat berupa titik pemeriksaan, atau tanda terima (JSON). Ambil kunci dan titik pemeriksaan dari luar, jangan dari
berkas yang diperiksa. Kode keluar: 0 semua terbukti, 1 ada yang bertentangan, 2 tidak dapat dinilai.
""",
    """\
Checks what the log of Kelambu proves, without Kelambu.

  python verifier.py bundle FILE.zip-OR-DIRECTORY         the proof of one claim
  python verifier.py proof FILE.tlog-proof                one entry; --entry FILE where it is not in it
  python verifier.py log DIRECTORY                        the whole log; --other DIRECTORY: another copy of it
  python verifier.py data DIRECTORY                       a data directory and its server's file; --log DIRECTORY
  python verifier.py export DIRECTORY --log DIRECTORY     an export against the log
  python verifier.py consistency OLD NEW SOURCE           two states of the log; SOURCE: its directory, or a proof
  python verifier.py letter TEXT                          the line of a letter's QR code

  --key KEY            public key of the log (for letter: of letters), NAME+ID+BASE64 or a file with one a line
  --witness KEY        public key of a witness; --quorum N: how many of them must have cosigned (default: all)
  --checkpoint FILE    a checkpoint from outside, for log, data and export; may be given several times
  --lang id|en         the language; KELAMBU_LANG by default, then id

OLD may be a checkpoint, or a receipt (JSON). Take keys and checkpoints from outside, never from the files that are
checked. Exit code: 0 everything is proven, 1 something is contradicted, 2 it could not be judged.
""",
)
# fmt: off
TEXTS = {
    "title-proven": ("TERBUKTI", "PROVEN"),
    "title-provided": ("TERBUKTI HANYA BILA YANG DI ATAS TERNYATA BENAR", "PROVEN ONLY IF WHAT IS NAMED ABOVE IS RIGHT"),
    "title-contradicted": ("BERTENTANGAN", "CONTRADICTED"),
    "title-open": ("TIDAK DAPAT DINILAI", "COULD NOT BE JUDGED"),
    "title-beyond": ("YANG TIDAK DIBUKTIKAN DI SINI", "WHAT IS NOT PROVEN HERE"),
    "unreadable": ("{what} tidak dapat dibaca: {why}", "{what} cannot be read: {why}"),
    "no-zip": ("bukan ZIP yang utuh", "it is no whole ZIP"),
    "system-ENOENT": ("tidak ada", "it is not there"),
    "system-ENOTDIR": ("bagian jalurnya bukan direktori", "a part of its path is no directory"),
    "system-EISDIR": ("ini direktori", "it is a directory"),
    "system-EACCES": ("tidak boleh dibuka", "it may not be opened"),
    "system-ENAMETOOLONG": ("namanya terlalu panjang", "its name is too long"),
    "system-EIO": ("disk rusak", "the disk fails"),
    "malformed": ("{what} tidak berbentuk sebagaimana mestinya, atau terpotong.", "{what} does not have the form that it must have, or is cut."),
    "bad-key": ("Ini bukan kunci publik: {text}", "This is no public key: {text}"),
    "no-key": ("Kunci log tidak diberikan, jadi tanda tangan belum membuktikan apa pun. Ambil kunci dari luar berkas ini, lalu berikan dengan --key.", "No key of the log was given, so the signature proves nothing yet. Take the key from outside these files and give it with --key."),
    "no-cryptography": ("Tanda tangan tidak diperiksa karena paket Python cryptography tidak terpasang atau terlalu lama; hash diperiksa.", "Signatures were not checked, since the Python package cryptography is not installed or too old; hashes were."),
    "signed": ("Titik pemeriksaan log {origin} dengan {size} entri ditandatangani dengan kunci log {signer}.", "The checkpoint of log {origin} with {size} entries is signed with the log's key {signer}."),
    "witnessed": ("Saksi {signer} melihat log dengan {size} entri pada {time} dengan isi yang sama, sebagai kelanjutan dari semua yang dilihatnya sebelumnya.", "Witness {signer} saw the log of {size} entries with the same content at {time}, as a continuation of all it had seen before."),
    "bad-signature": ("Tanda tangan {signer} pada titik pemeriksaan {size} entri tidak sah: isinya diubah sesudah ditandatangani, atau tanda tangannya palsu.", "The signature of {signer} on the checkpoint of {size} entries is not valid: it was changed after it was signed, or the signature is forged."),
    "unknown-signer": ("Titik pemeriksaan {origin} tidak ditandatangani dengan kunci log yang diberikan, tetapi dengan: {signers}. Kuncinya keliru, atau titik pemeriksaan ini bukan dari log itu.", "The checkpoint of {origin} is not signed with the log's key that was given, but with: {signers}. Either the key is the wrong one, or the checkpoint is not of that log."),
    "few-witnesses": ("Terlalu sedikit saksi yang ikut menandatangani titik pemeriksaan {size} entri: {count}, padahal yang diminta {wanted}.", "Too few witnesses have cosigned the checkpoint of {size} entries: {count}, where {wanted} were asked for."),
    "no-witness": ("Tidak ada saksi yang ditanyakan: pemegang kunci log bisa saja menunjukkan riwayat lain kepada orang lain.", "No witness was asked for: whoever holds the log's key could show another history to somebody else."),
    "true": ("Bahwa isi yang dilaporkan benar: log membuktikan apa yang tercatat, dan saksi membuktikan kapan paling lambat, bukan bahwa itu terjadi.", "That what was reported is true: the log proves what was recorded, and a witness by when at the latest, not that it happened."),
    "not-a-leaf": ("Entri {index} bukan entri log Kelambu.", "Entry {index} is no entry of a log of Kelambu."),
    "not-included": ("Entri {index} ({stream} posisi {position}) tidak tercatat demikian dalam log: buktinya tidak menuju akar titik pemeriksaan.", "Entry {index} ({stream} position {position}) does not stand so in the log: its proof does not lead to the checkpoint's root."),
    "one-included": ("Entri {index} dari log adalah {stream} posisi {position}: {what}.", "Entry {index} of the log is {stream} position {position}: {what}."),
    "needs-entry": ("Bukti ini tidak memuat entrinya; berikan entri yang dipegang dengan --entry.", "This proof does not contain its entry; give the entry that you hold with --entry."),
    "gap": ("Entri {index}: {stream} posisi {position}, padahal seharusnya posisi {wanted}.", "Entry {index}: {stream} position {position}, where position {wanted} should be."),
    "included": ("Semua entri dalam berkas ini ({count}) tercatat dalam log persis demikian, byte demi byte.", "Every entry in this file ({count} in all) stands in the log exactly so, byte for byte."),
    "claim-of": ("Semuanya tentang klaim {claim} dan orang yang diklaimkan; klaim dicatat pada {time}.", "All of it is about claim {claim} and the person it is about; the claim was recorded at {time}."),
    "never-filed": ("Berkas ini mengaku tentang klaim {claim}, tetapi tidak ada pengajuan klaim itu di dalamnya.", "This file says it is about claim {claim}, but the filing of that claim is not in it."),
    "foreign": ("Entri {index} ({stream} posisi {position}) bukan tentang klaim {claim} atau orangnya.", "Entry {index} ({stream} position {position}) is neither about claim {claim} nor about its person."),
    "assessed": ("Penilaian versi {version}, tercatat {time} pada {stream} posisi {position}: {outcome}, {amount}, menurut peraturan {rulebook}.", "Assessment version {version}, recorded at {time} at {stream} position {position}: {outcome}, {amount}, by rulebook {rulebook}."),
    "named-otherwise": ("{name} tidak sesuai dengan isi berkas lainnya.", "{name} does not agree with what the other files hold."),
    "file-missing": ("{name} tidak ada.", "{name} is missing."),
    "file-foreign": ("{name} bukan bagian dari berkas bukti.", "{name} is no part of a bundle."),
    "no-rulebook": ("Entri {index} menyebut peraturan {rulebook}, yang tidak disertakan.", "Entry {index} names rulebook {rulebook}, which is not enclosed."),
    "rulebook": ("Peraturan {rulebook}, yang disebut entri {index}, disertakan seutuhnya: rulebook/{rulebook}.json memiliki hash itu.", "Rulebook {rulebook}, which entry {index} names, is enclosed whole: rulebook/{rulebook}.json has that hash."),
    "rulebook-unread": ("Peraturan {rulebook}, yang disebut entri {index}: isinya (rulebook/{rulebook}.json) tidak disertakan.", "Rulebook {rulebook}, which entry {index} names: what it states (rulebook/{rulebook}.json) is not enclosed."),
    "recalculate": ("Apakah jumlahnya mengikuti peraturan: itu dihitung ulang oleh `kelambu recheck` dari berkas peraturan (TOML) dalam bukti yang sama, setelah memeriksa bahwa berkas itu menyatakan hal yang sama.", "Whether the sum follows from the rules: `kelambu recheck` calculates it again from the rulebook's files (TOML) in the same bundle, once it has checked that they state the same."),
    "complete": ("Bahwa tidak ada hal lain yang tercatat tentang klaim ini: itu hanya ditunjukkan oleh log seutuhnya (`log` atau `export`).", "That nothing else was recorded about this claim: only the whole log shows that (`log` or `export`)."),
    "other-program": ("verifier.py di dalam berkas bukti berbeda dari program ini; pakailah yang didapat dari sumber lain.", "The verifier.py in the bundle is another than this program; use the one that you have from elsewhere."),
    "whole-log": ("Ke-{size} entri dalam {directory} adalah yang dicatat titik pemeriksaan itu, tanpa yang diubah, hilang, atau ditukar.", "The {size} entries in {directory} are those that this checkpoint states, none changed, missing or swapped."),
    "stream": ("{stream} berisi posisi 1 sampai {position} tanpa celah.", "{stream} has the positions 1 to {position} without a gap."),
    "own-checkpoint": ("Titik pemeriksaan diambil dari direktori itu sendiri: siapa yang menguasainya dan kunci log dapat menulis semuanya baru. Berikan titik pemeriksaan dari luar dengan --checkpoint.", "The checkpoint is the directory's own: whoever has it and the log's key could have written all of it anew. Give one from outside with --checkpoint."),
    "other-log": ("{what} berasal dari log {origin}, bukan {wanted}.", "{what} is of the log {origin}, not of {wanted}."),
    "two-histories": ("Dua keadaan log {origin} dengan {size} entri berbeda akarnya: log ini menunjukkan dua riwayat. Simpan kedua berkas: keduanya buktinya.", "Two checkpoints of {origin} with {size} entries have different roots: this log has shown two histories. Keep both files: they are the evidence."),
    "cut": ("Log terpotong: titik pemeriksaan menyebut {size} entri, tetapi entri {index} dan seterusnya tidak ada.", "The log is cut: the checkpoint states {size} entries, but entry {index} and what follows are missing."),
    "other-head": ("{stream} dalam titik pemeriksaan berakhir pada posisi {position}; di sini berakhir pada posisi {found}, atau posisi itu berisi hal lain.", "{stream} ends at position {position} in the checkpoint; here it ends at position {found}, or something else stands there."),
    "changed-entry": ("Entri {index} ({stream} posisi {position}) diubah: hash-nya bukan yang dinyatakan titik pemeriksaan.", "Entry {index} ({stream} position {position}) was changed: its hash is not the one that the checkpoint states."),
    "changed-between": ("Riwayatnya lain: {good} entri pertama sesuai, dan yang pertama berbeda ada di antara entri {good} dan {last} (dari {stream} posisi {position}). Yang mana, tidak terlihat dari akar saja: salinan lain dari log menunjukkannya dengan --other.", "It is another history: the first {good} entries agree, and the first that differs is between entries {good} and {last} (from {stream} position {position} on). Which it is cannot be seen from roots alone: another copy of the log shows it with --other."),
    "first-other": ("Log ini dan yang ada di {other} berbeda sejak entri {index} ({stream} posisi {position} di sini); sebelumnya sama.", "This log and the one in {other} differ from entry {index} on ({stream} position {position} here); before it they are the same."),
    "same-log": ("Entri pertama di sini, sebanyak {count}, sama dengan yang ada di {other}.", "The first entries here, {count} in all, are the same as in {other}."),
    "bad-tile": ("Berkas hash {name} tidak sesuai dengan entri; entrinya sendiri sesuai dengan titik pemeriksaan.", "The file of hashes {name} does not agree with the entries; the entries themselves agree with the checkpoint."),
    "copy-same": ("Entri dalam {name}, sebanyak {count}, persis sama dengan entri log.", "The entries in {name}, {count} in all, are exactly the entries of the log."),
    "copy-other": ("{name}: {stream} posisi {position} (entri {index}) berbunyi lain daripada dalam log.", "{name}: {stream} position {position} (entry {index}) says something else than in the log."),
    "copy-missing": ("{name}: {stream} posisi {position} (entri {index}) tidak ada.", "{name}: {stream} position {position} (entry {index}) is missing."),
    "copy-added": ("{name}: {stream} posisi {position} tidak tercatat dalam log sampai titik pemeriksaan ini.", "{name}: {stream} position {position} is not in the log up to this checkpoint."),
    "copy-later": ("Entri dalam {name} yang tercatat sesudah titik pemeriksaan ini: {count}.", "Entries in {name} that were recorded after this checkpoint: {count}."),
    "copy-ends": ("{name} berakhir sebelum entri terakhir log (kurang {count}): yang tercatat sesudah salinan dibuat, atau dipotong dari ujungnya.", "{name} ends before the end of the log ({count} fewer): what was recorded after the copy was made, or cut off its end."),
    "handed-out": ("{name} dicatat dalam log sebagai diserahkan persis demikian (trail posisi {position}).", "{name} stands in the log as handed out exactly so (trail position {position})."),
    "not-handed-out": ("{name} tidak dicatat dalam log sebagai diserahkan sampai titik pemeriksaan ini.", "{name} does not stand in the log as handed out up to this checkpoint."),
    "no-server-file": ("Apakah server memuat hal yang sama: berkas server tidak ada di {directory}. Bila servernya di tempat lain, `kelambu verify` membandingkannya.", "Whether the server holds the same: there is no file of a server in {directory}. Where the server is elsewhere, `kelambu verify` compares it."),
    "server-keys": ("Bahwa yang lain di server (status, pesanan, tabel baca) mengikuti catatan: itu diperiksa `kelambu verify`.", "That everything else on the server (states, orders, read models) follows from what is recorded: `kelambu verify` checks that."),
    "taken-back": ("{name} memuat perintah {command} atas {stream}: yang tercatat di sana hanya boleh bertambah.", "{name} has the command {command} on {stream}: what is recorded there may only grow."),
    "torn": ("{name} terputus pada byte {at}: server sedang menulis ketika disalin, atau berkasnya dipotong.", "{name} breaks off at byte {at}: the server was writing when it was copied, or the file was cut."),
    "consistent": ("Log dengan {size} entri adalah kelanjutan log dengan {old} entri: tidak ada entri lama yang diubah atau hilang.", "The log with {size} entries continues the log with {old} entries: no earlier entry was changed or lost."),
    "inconsistent": ("Log dengan {size} entri bukan kelanjutan log dengan {old} entri: riwayatnya ditulis ulang. Yang pertama berbeda ada di antara entri 0 dan {last}; yang mana, hanya ditunjukkan salinan log yang lama (`log BARU --other LAMA`).", "The log with {size} entries does not continue the log with {old} entries: history was rewritten. The first that differs is between entries 0 and {last}; which it is only a copy of the older log shows (`log NEW --other OLD`)."),
    "shrunk": ("Log menyusut: titik pemeriksaan yang lebih baru menyebut {size} entri, yang lebih lama {old}.", "The log shrank: the newer checkpoint states {size} entries, the older one {old}."),
    "one-size": ("{what} menyebut beberapa keadaan log; berikan direktori log, bukan satu bukti.", "{what} names several states of the log; give the directory of the log, not one proof."),
    "receipt": ("{what} tidak ditandatangani log: bahwa log pernah menunjukkan keadaan itu hanya dikatakan pemegangnya.", "{what} is not signed by the log: that the log once was so only its holder says."),
    "letter": ("Dana ini menyatakan per {on} tentang klaim {claim}: {says}, {amount}, menurut catatan sampai {place}; ditandatangani dengan {signer}.", "As of {on} the fund said of claim {claim}: {says}, {amount}, by what was recorded up to {place}; signed with {signer}."),
    "letter-forged": ("Surat ini tidak ditandatangani dengan kunci surat {origin} yang diberikan: palsu, diubah, atau kuncinya keliru.", "This letter is not signed with the letter key of {origin} that was given: it is forged, changed, or the key is the wrong one."),
    "paper": ("Bahwa kertasnya menyebut hal yang sama, dan bahwa masih demikian: bandingkan nomor klaim, jumlah, dan tanggal; klaim dapat diputuskan kembali.", "That the paper says the same, and that it is still so: compare claim number, sum and day; a claim can be decided anew."),
    "says-waiting": ("masih ada yang kurang", "something is still missing"),
    "says-referred": ("sedang diputuskan pejabat", "an official is deciding"),
    "says-denied": ("tidak dapat dibayarkan", "it cannot be paid"),
    "says-due": ("berhak dibayar", "due"),
    "says-ordered": ("dikabulkan", "granted"),
    "says-nothing-due": ("dikabulkan, tidak ada yang harus dibayar", "granted, with nothing to be paid"),
    "says-paid": ("semua sudah dibayar", "all has been paid"),
    "says-overpaid": ("terbayar lebih", "too much was paid"),
    "says-withdrawn": ("klaim ditarik", "the claim was withdrawn"),
    "says-retracted": ("pengajuannya dibatalkan", "its filing was taken back"),
    "use-none": ("Perintahnya tidak disebut; yang ada: {known}.", "No command is named; there are: {known}."),
    "use-command": ("Tidak ada perintah {command}; yang ada: {known}.", "There is no command {command}; there are: {known}."),
    "use-option": ("Perintah {command} tidak mengenal {option}.", "The command {command} takes no {option}."),
    "use-value": ("{option} tidak diberi isi.", "{option} is given no value."),
    "use-twice": ("{option} hanya boleh diberikan sekali.", "{option} can be given once only."),
    "use-places": ("Sesudah {command} harus ada tepat {wanted} tempat atau teks; yang diberikan: {given}.", "Behind {command} stand as many places or texts as {wanted}; given were: {given}."),
    "use-log": ("export membutuhkan --log DIREKTORI, log yang menjadi pembandingnya.", "export needs --log DIRECTORY, the log that it is held against."),
    "use-quorum": ("--quorum {value} bukan bilangan mulai dari 1.", "--quorum {value} is no number from 1 on."),
    "use-lang": ("--lang {value} bukan id atau en.", "--lang {value} is neither id nor en."),
}
# fmt: on


if __name__ == "__main__":
    sys.exit(main())
