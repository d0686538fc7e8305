#!/usr/bin/env python3
"""Checks what the log of Kelambu proves, without Kelambu and without trusting whoever handed out the files.

    python verifier.py bundle FILE.zip --key KEY [--witness KEY ...]
    python verifier.py proof FILE.tlog-proof --key KEY [--entry FILE]
    python verifier.py log DIRECTORY --key KEY [--checkpoint FILE ...]
    python verifier.py data DIRECTORY --key KEY --checkpoint FILE
    python verifier.py export DIRECTORY --log DIRECTORY --key KEY
    python verifier.py consistency OLD NEW DIRECTORY-OR-PROOF --key KEY

    python verifier.py letter TEXT --key KEY

KEY is the public key of the log, or of a witness, as text (NAME+ID+BASE64) or as a file with one key a line. Take it from the
fund's own publication or from another office, never from the files that are to be checked. A checkpoint is best taken from a
witness or an agency that kept it. --lang id|en chooses the language.

Exit code 0: everything is proven. 1: something is contradicted. 2: it could not be judged, for instance for want of a key.

It is one file so that it can be read and carried anywhere. It needs Python 3.11; the package ``cryptography`` checks
signatures, and without it only hashes are checked, which is said. The formats are public: RFC 6962 section 2.1 for the tree,
and from C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof and tlog-tiles.

An entry of the log is a name of a stream (``ledger/3`` for partition 3, or ``trail``), a line feed, the position in it, a line
feed, and what was recorded there, byte for byte. The checkpoint states the root of the tree over all entries.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime as dt
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    CAN_VERIFY = True
except ImportError:
    CAN_VERIFY = False

# fmt: off
TEXTS = {
    "title-proven": ("TERBUKTI", "PROVEN"),
    "title-provided": ("TERBUKTI HANYA BILA YANG DI ATAS TERNYATA BENAR", "PROVEN ONLY IF WHAT IS NAMED ABOVE IS RIGHT"),
    "title-contradicted": ("BERTENTANGAN", "CONTRADICTED"),
    "title-open": ("TIDAK DAPAT DINILAI", "COULD NOT BE JUDGED"),
    "title-beyond": ("YANG TIDAK DIBUKTIKAN DI SINI", "WHAT IS NOT PROVEN HERE"),
    "signed": ("Titik pemeriksaan log {origin} dengan {size} entri ditandatangani dengan kunci log {signer}.", "The checkpoint of log {origin} with {size} entries is signed with the log's key {signer}."),
    "witnessed": ("Saksi {signer} melihat log ini pada {time} dengan isi yang sama, sebagai kelanjutan dari semua yang dilihatnya sebelumnya.", "Witness {signer} saw this log with the same content at {time}, as a continuation of all it had seen before."),
    "bad-signature": ("Tanda tangan {signer} pada titik pemeriksaan tidak sah: isinya diubah sesudah ditandatangani, atau tanda tangannya palsu.", "The signature of {signer} on the checkpoint is not valid: it was changed after it was signed, or the signature is forged."),
    "unknown-signer": ("Titik pemeriksaan {origin} tidak ditandatangani dengan kunci log yang diberikan, tetapi dengan: {signers}. Kuncinya keliru, atau titik pemeriksaan ini bukan dari log itu.", "The checkpoint of {origin} is not signed with the log's key that was given, but with: {signers}. Either the key is the wrong one, or the checkpoint is not of that log."),
    "export-ends": ("{name} berakhir sebelum {count} entri terakhir log: yang tercatat sesudah ekspor, atau dipotong dari ujungnya.", "{name} ends before the last {count} entries of the log: what was recorded after the export, or cut off its end."),
    "no-key": ("Kunci log tidak diberikan, jadi tanda tangan belum membuktikan apa pun. Ambil kunci dari luar berkas ini, lalu berikan dengan --key.", "No key of the log was given, so the signature proves nothing yet. Take the key from outside these files and give it with --key."),
    "no-cryptography": ("Tanda tangan tidak diperiksa karena paket Python cryptography tidak terpasang atau terlalu lama; hash diperiksa.", "Signatures were not checked, since the Python package cryptography is not installed or too old; hashes were."),
    "few-witnesses": ("Hanya {count} dari {wanted} saksi yang diminta ikut menandatangani titik pemeriksaan.", "Only {count} of the {wanted} witnesses asked for have cosigned the checkpoint."),
    "no-witness": ("Tidak ada saksi yang ditanyakan: pemegang kunci log bisa saja menunjukkan riwayat lain kepada orang lain.", "No witness was asked for: whoever holds the log's key could show another history to somebody else."),
    "own-checkpoint": ("Titik pemeriksaan diambil dari direktori itu sendiri: siapa yang menguasainya dan kunci log dapat menulis semuanya baru. Berikan titik pemeriksaan dari luar dengan --checkpoint.", "The checkpoint is the directory's own: whoever has it and the log's key could have written all of it anew. Give one from outside with --checkpoint."),
    "bad-key": ("Ini bukan kunci publik: {text}", "This is no public key: {text}"),
    "unreadable": ("{what} tidak dapat dibaca: {why}", "{what} cannot be read: {why}"),
    "malformed": ("{what} tidak berbentuk sebagaimana mestinya.", "{what} does not have the form that it must have."),
    "two-histories": ("Dua titik pemeriksaan {origin} dengan {size} entri berbeda akarnya: log ini menunjukkan dua riwayat. Simpan kedua titik pemeriksaan: keduanya buktinya.", "Two checkpoints of {origin} with {size} entries have different roots: this log has shown two histories. Keep both checkpoints: they are the evidence."),
    "other-log": ("{what} berasal dari log {origin}, bukan {wanted}.", "{what} is of the log {origin}, not of {wanted}."),
    "included": ("{count} entri tercatat dalam log persis seperti dalam berkas ini, byte demi byte.", "{count} entries stand in the log exactly as in this file, byte for byte."),
    "not-included": ("Entri {index} ({stream} posisi {position}) tidak tercatat demikian dalam log: buktinya tidak menuju akar titik pemeriksaan.", "Entry {index} ({stream} position {position}) does not stand so in the log: its proof does not lead to the checkpoint's root."),
    "one-included": ("Entri {index} dari log adalah {stream} posisi {position}: {what}.", "Entry {index} of the log is {stream} position {position}: {what}."),
    "needs-entry": ("Bukti ini tidak memuat entrinya; berikan entri yang dipegang dengan --entry.", "This proof does not contain its entry; give the entry that you hold with --entry."),
    "claim-of": ("Semuanya tentang klaim {claim} dan orang yang diklaimkan; klaim dicatat pada {time}.", "All of it is about claim {claim} and the person it is about; the claim was recorded at {time}."),
    "never-filed": ("Berkas ini mengaku tentang klaim {claim}, tetapi tidak ada pengajuan klaim itu di dalamnya.", "This file says it is about claim {claim}, but the filing of that claim is not in it."),
    "foreign": ("Entri {index} ({stream} posisi {position}) bukan tentang klaim {claim} atau orangnya.", "Entry {index} ({stream} position {position}) is neither about claim {claim} nor about its person."),
    "assessed": ("Penilaian versi {version}, tercatat {time} pada {stream} posisi {position}: {outcome}, {amount}, menurut peraturan {rulebook}.", "Assessment version {version}, recorded at {time} at {stream} position {position}: {outcome}, {amount}, by rulebook {rulebook}."),
    "named-otherwise": ("{name} tidak sesuai dengan isi berkas lainnya.", "{name} does not agree with what the other files hold."),
    "file-missing": ("{name} tidak ada.", "{name} is missing."),
    "file-foreign": ("{name} bukan bagian dari berkas bukti.", "{name} is no part of a bundle."),
    "no-rulebook": ("Entri {index} menyebut peraturan {rulebook}, yang tidak disertakan.", "Entry {index} names rulebook {rulebook}, which is not enclosed."),
    "recalculate": ("Apakah jumlahnya mengikuti peraturan: itu dihitung ulang oleh `kelambu recheck` dari berkas yang sama, termasuk apakah peraturan yang disertakan memang peraturan itu.", "Whether the sum follows from the rules: `kelambu recheck` calculates it again from the same file, and whether the rulebooks enclosed are those named."),
    "complete": ("Bahwa tidak ada hal lain yang tercatat tentang klaim ini: itu hanya ditunjukkan oleh log seutuhnya (`log` atau `export`).", "That nothing else was recorded about this claim: only the whole log shows that (`log` or `export`)."),
    "true": ("Bahwa isi yang dilaporkan benar: log membuktikan apa yang tercatat dan kapan paling lambat, bukan bahwa itu terjadi.", "That what was reported is true: the log proves what was recorded and by when at the latest, not that it happened."),
    "other-program": ("verifier.py di dalam berkas bukti berbeda dari program ini; pakailah yang didapat dari sumber lain.", "The verifier.py in the bundle is another than this program; use the one that you have from elsewhere."),
    "whole-log": ("Ke-{size} entri dalam {directory} adalah yang dicatat titik pemeriksaan itu, tanpa yang diubah, hilang, atau ditukar.", "The {size} entries in {directory} are those that this checkpoint states, none changed, missing or swapped."),
    "stream": ("{stream} berisi posisi 1 sampai {position} tanpa celah.", "{stream} has the positions 1 to {position} without a gap."),
    "cut": ("Log terpotong: titik pemeriksaan menyebut {size} entri, tetapi entri {index} dan seterusnya tidak ada.", "The log is cut: the checkpoint states {size} entries, but entry {index} and what follows are missing."),
    "other-head": ("{stream} dalam titik pemeriksaan berakhir pada posisi {position}, tetapi di sini {found}.", "{stream} ends at position {position} in the checkpoint, but here {found}."),
    "head-missing": ("berakhir pada posisi {position}", "it ends at position {position}"),
    "head-other-body": ("posisi itu berisi hal lain", "something else stands at that position"),
    "changed-entry": ("Entri {index} ({stream} posisi {position}) diubah: hash-nya bukan yang dinyatakan titik pemeriksaan.", "Entry {index} ({stream} position {position}) was changed: its hash is not the one that the checkpoint states."),
    "changed-between": ("Riwayatnya lain: {good} entri pertama sesuai, dan yang pertama berbeda ada di antara entri {good} dan {last} (dari {stream} posisi {position}).", "It is another history: the first {good} entries agree, and the first that differs is between entries {good} and {last} (from {stream} position {position} on)."),
    "bad-tile": ("Berkas hash {name} tidak sesuai dengan entri; entrinya sendiri sesuai dengan titik pemeriksaan.", "The file of hashes {name} does not agree with the entries; the entries themselves agree with the checkpoint."),
    "gap": ("Entri {index}: {stream} posisi {position}, padahal seharusnya posisi {wanted}.", "Entry {index}: {stream} position {position}, where position {wanted} should be."),
    "not-a-leaf": ("Entri {index} bukan entri log Kelambu.", "Entry {index} is no entry of a log of Kelambu."),
    "consistent": ("Log dengan {size} entri adalah kelanjutan log dengan {old} entri: tidak ada entri lama yang diubah atau hilang.", "The log with {size} entries continues the log with {old} entries: no earlier entry was changed or lost."),
    "inconsistent": ("Log dengan {size} entri bukan kelanjutan log dengan {old} entri: riwayatnya ditulis ulang.", "The log with {size} entries does not continue the log with {old} entries: history was rewritten."),
    "shrunk": ("Log menyusut: titik pemeriksaan yang lebih baru menyebut {size} entri, yang lebih lama {old}.", "The log shrank: the newer checkpoint states {size} entries, the older one {old}."),
    "export-same": ("{count} baris {name} persis sama dengan entri log.", "{count} lines of {name} are exactly the entries of the log."),
    "export-other": ("{name}: {stream} posisi {position} (entri {index}) {found}.", "{name}: {stream} position {position} (entry {index}) {found}."),
    "line-missing": ("tidak ada dalam ekspor", "is missing from the export"),
    "line-other": ("berbunyi lain dalam ekspor daripada dalam log", "says something else in the export than in the log"),
    "export-added": ("{name} baris {line}: {stream} posisi {position} tidak tercatat dalam log sampai titik pemeriksaan ini.", "{name} line {line}: {stream} position {position} is not in the log up to this checkpoint."),
    "export-unsealed": ("{count} baris {name} tercatat sesudah titik pemeriksaan ini.", "{count} lines of {name} were recorded after this checkpoint."),
    "handed-out": ("{name} dicatat dalam log sebagai diserahkan persis demikian (trail posisi {position}).", "{name} stands in the log as handed out exactly so (trail position {position})."),
    "not-handed-out": ("{name} tidak dicatat dalam log sebagai diserahkan sampai titik pemeriksaan ini.", "{name} does not stand in the log as handed out up to this checkpoint."),
    "letter": ("Dana ini menyatakan per {on} tentang klaim {claim}: {says}, {amount}, menurut catatan sampai {place}; ditandatangani dengan {signer}.", "As of {on} the fund said of claim {claim}: {says}, {amount}, by what was recorded up to {place}; signed with {signer}."),
    "letter-forged": ("Surat ini tidak ditandatangani dengan kunci surat {origin} yang diberikan: palsu, diubah, atau kuncinya keliru.", "This letter is not signed with the letter key of {origin} that was given: it is forged, changed, or the key is the wrong one."),
    "paper": ("Bahwa kertasnya menyebut hal yang sama: bandingkan nomor klaim, jumlah, dan tanggal.", "That the paper says the same: compare claim number, sum and day."),
    "still": ("Bahwa masih demikian: klaim dapat diputuskan kembali.", "That it is still so: a claim can be decided anew."),
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
    "empty-export": ("Tidak ada berkas di {directory}.", "There are no files in {directory}."),
}
"""What is said, by its key: in Bahasa Indonesia, and in English."""
# fmt: on

MOST_BYTES = 256 * 1024 * 1024
"""Bytes that a bundle can unpack to: more is none, or was made to fill a memory."""
MOST_FILES = 100_000
WIDTH = 256
"""Hashes in a full tile."""
FEW = 64
"""Tiles that are read faster than other processes are begun."""
Streams: TypeAlias = dict[str, "Span"]
Award: TypeAlias = dict[str, list[dict[str, object]]]


class Contradiction(Exception):  # noqa: N818 - a finding, not an error of this program
    """Something is not as it must be, and nothing more can be judged behind it."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


class NotJudged(Contradiction):
    """What would be needed to judge is not there."""


class Phrase(NamedTuple):
    """A part of a sentence, by its key."""

    key: str
    facts: dict[str, object]


class ProofReport:
    """What is found, each a key of ``TEXTS`` with its facts: proven, contradicted, left open, and what nothing here proves."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[str, dict[str, object]]]] = {
            kind: [] for kind in ("contradicted", "open", "proven", "beyond")
        }

    def add(self, kind: str, key: str, **facts: object) -> None:
        """Note a finding of a kind, each once."""
        if (key, facts) not in self.found[kind]:
            self.found[kind].append((key, facts))

    @property
    def exit_code(self) -> int:
        """0 proven, 1 contradicted, 2 could not be judged."""
        if self.found["contradicted"]:
            return 1
        return 2 if self.found["open"] or not self.found["proven"] else 0

    def words(self, language: int) -> str:
        """Return the whole judgement in words; ``language`` is a column of ``TEXTS``."""
        lines: list[str] = []
        for kind, findings in self.found.items():
            if findings and not (kind in ("proven", "beyond") and self.exit_code == 1):
                title = "provided" if kind == "proven" and self.exit_code == 2 else kind
                lines += [TEXTS[f"title-{title}"][language]]
                lines += [f"  {_said(key, facts, language)}" for key, facts in findings] + [""]
        return "\n".join(lines)


def _said(key: str, facts: Mapping[str, object], language: int) -> str:
    told = {
        name: _said(value.key, value.facts, language) if isinstance(value, Phrase) else harmless(str(value))
        for name, value in facts.items()
    }
    return TEXTS[key][language].format(**told)


def harmless(text: str) -> str:
    """Return a text from outside as one line without anything that moves a terminal's cursor or turns its writing."""
    return "".join(char if char.isprintable() else "?" for char in text)[:2000]


# The tree of RFC 6962, section 2.1.


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over these hashes, each a leaf or a full subtree of one height; the last may be a smaller one."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def inclusion_is_proven(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the leaf is the entry ``index`` of the tree of ``size`` with this root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != 32:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistency_is_proven(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> bool:
    """Return whether the larger tree begins with the smaller one (RFC 9162, section 2.1.4.2)."""
    if old_size == size:
        return not proof and old_root == root
    if not 0 <= old_size < size:
        return False
    if old_size == 0:
        return not proof and old_root == root_of([])
    if old_size & (old_size - 1) == 0:
        proof = [old_root, *proof]
    if not proof:
        return False
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == root


# Keys, signed notes and checkpoints of C2SP.

ED25519, COSIGNATURE, ML_DSA_44 = 0x01, 0x04, 0x06
"""Kinds of keys: Ed25519 over the note; Ed25519 and ML-DSA-44 with the time of the cosignature."""
LENGTHS = {ED25519: (32, 64), COSIGNATURE: (32, 72), ML_DSA_44: (1312, 2428)}
"""Bytes of key and signature by kind."""


class PublicKey(NamedTuple):
    """A public key: who has it, its id of four bytes, its kind."""

    name: str
    id: bytes
    kind: int
    public: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}"


class Signature(NamedTuple):
    """A signature line of a note."""

    name: str
    id: bytes
    content: bytes


class StreamHead(NamedTuple):
    """How far a stream stands in a tree, and the SHA-256 of what was recorded there."""

    position: int
    digest: bytes


class SignedCheckpoint(NamedTuple):
    """A checkpoint: what is signed as ``text``, what it states, and its signatures."""

    text: str
    origin: str
    size: int
    root: bytes
    heads: dict[str, StreamHead]
    signatures: tuple[Signature, ...]


def in_base64(text: str, what: str, length: int | None = None) -> bytes:
    """Decode base64 that is written in its one right way."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Contradiction("malformed", what=what) from None
    if base64.b64encode(content).decode() != text or length not in (None, len(content)):
        raise Contradiction("malformed", what=what)
    return content


def number(text: str, what: str) -> int:
    """Read a number written in its one right way."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", text):
        raise Contradiction("malformed", what=what)
    return int(text)


def read_key(text: str) -> PublicKey:
    """Read a public key, NAME+ID+BASE64; its id must be the one that follows from it."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        content = in_base64(encoded, "")
        made = hashlib.sha256(f"{name}\n".encode() + content).digest()[:4]
        if not name or made.hex() != key_id or LENGTHS[content[0]][0] != len(content) - 1:
            raise NotJudged("bad-key", text=text[:200])
    except (Contradiction, IndexError, KeyError):
        raise NotJudged("bad-key", text=text[:200]) from None
    return PublicKey(name, made, content[0], content[1:])


def read_keys(given: Iterable[str]) -> list[PublicKey]:
    """Read keys, each a text or a file with one key a line; what stands behind a key, and lines with #, is for people."""
    keys: list[PublicKey] = []
    for text in given:
        lines = [text]
        if "+" not in text or Path(text).is_file():
            lines = read_file(Path(text)).decode("utf-8", "replace").splitlines()
        keys += [read_key(line.split()[0]) for line in lines if line.strip() and not line.startswith("#")]
    return keys


def read_checkpoint(note: bytes, what: str = "checkpoint") -> SignedCheckpoint:
    """Read a signed checkpoint, with or without the proof for a witness before it. Whether its signatures are right is another question."""
    broken = Contradiction("malformed", what=what)
    if note.startswith(b"old "):
        note = note.partition(b"\n\n")[2]
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise broken from None
    text, parted, signed = whole.rpartition("\n\n")
    if (
        len(note) > 1_000_000
        or not parted
        or not signed.endswith("\n")
        or re.search(r"[\0-\x09\x0b-\x1f]", whole)
    ):
        raise broken
    signatures = []
    for line in signed.removesuffix("\n").split("\n"):
        match line.split(" "):
            case ["—", name, encoded] if name and "+" not in name:
                content = in_base64(encoded, what)
                signatures.append(Signature(name, content[:4], content[4:]))
            case _:
                raise broken
    match text.split("\n"):
        case [origin, size, root, *extensions] if origin and all(extensions):
            heads = {}
            for line in extensions:
                match line.split(" "):
                    case [stream, position, digest] if stream not in heads:
                        heads[stream] = StreamHead(number(position, what), in_base64(digest, what, 32))
                    case _:
                        raise broken
            return SignedCheckpoint(
                f"{text}\n", origin, number(size, what), in_base64(root, what, 32), heads, tuple(signatures)
            )
    raise broken


def verify(key: PublicKey, signature: bytes, checkpoint: SignedCheckpoint) -> tuple[bool, int] | None:
    """Return whether a signature is right, and its time in seconds since 1970; None where this Python cannot tell."""
    if len(signature) != LENGTHS[key.kind][1]:
        return False, 0
    time = 0 if key.kind == ED25519 else int.from_bytes(signature[:8], "big")
    if not CAN_VERIFY:
        return None
    try:
        if key.kind == ED25519:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, checkpoint.text.encode())
        elif key.kind == COSIGNATURE:
            message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
        else:
            name, origin = key.name.encode(), checkpoint.origin.encode()
            message = (
                b"subtree/v1\n\x00"
                + bytes([len(name)])
                + name
                + signature[:8]
                + bytes([len(origin)])
                + origin
            )
            message += bytes(8) + checkpoint.size.to_bytes(8, "big") + checkpoint.root
            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
    except InvalidSignature:
        return False, 0
    except UnsupportedAlgorithm:
        return None
    return True, time


class Trusted(NamedTuple):
    """Whom the reader trusts: keys of the log, keys of witnesses, and how many of them must have cosigned."""

    keys: Sequence[PublicKey]
    witnesses: Sequence[PublicKey]
    quorum: int


def judge_signatures(found: ProofReport, checkpoint: SignedCheckpoint, trusted: Trusted) -> None:
    """Say who signed a checkpoint. A signature that is not right, or none by a key that was given, is a contradiction."""
    cosigned: set[str] = set()
    for key in (*trusted.keys, *trusted.witnesses):
        of_log = key in trusted.keys
        if of_log and key.name != checkpoint.origin:
            continue
        for signature in checkpoint.signatures:
            if (signature.name, signature.id) != (key.name, key.id):
                continue
            match verify(key, signature.content, checkpoint):
                case None:
                    found.add("open", "no-cryptography")
                case False, _:
                    found.add("contradicted", "bad-signature", signer=key)
                case _ if of_log:
                    found.add("proven", "signed", origin=checkpoint.origin, size=checkpoint.size, signer=key)
                case _, time:
                    found.add("proven", "witnessed", signer=key, time=moment(time))
                    cosigned.add(key.name)
    known = {(key.name, key.id) for key in trusted.keys if key.name == checkpoint.origin}
    if not trusted.keys:
        found.add("open", "no-key")
    elif not known & {(one.name, one.id) for one in checkpoint.signatures}:
        signers = ", ".join(f"{one.name}+{one.id.hex()}" for one in checkpoint.signatures)
        found.add("contradicted", "unknown-signer", origin=checkpoint.origin, signers=signers)
    if not trusted.witnesses:
        found.add("beyond", "no-witness")
    elif len(cosigned) < trusted.quorum:
        found.add("open", "few-witnesses", count=len(cosigned), wanted=trusted.quorum)


def moment(seconds: int) -> str:
    """Write a time for people, in UTC."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


# Entries and their proofs.


HASHED = b"sha256:"
"""Before the hash that stands in an entry for a body that is too long for it."""


def hexdigest(body: bytes) -> bytes:
    """Return the SHA-256 of a body in hexadecimal."""
    return hashlib.sha256(body).hexdigest().encode()


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

    def is_of(self, body: bytes) -> bool:
        """Return whether this is what was recorded here."""
        return self.body == body or (self.shortened and self.body == HASHED + hexdigest(body))

    @property
    def shortened(self) -> bool:
        """Whether the log has the hash of the body only."""
        return self.body.startswith(HASHED)

    def said(self) -> dict[str, object]:
        """Return the event or record that was recorded; empty where it is none."""
        try:
            said = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}


def read_leaf(index: int, leaf: bytes) -> LoggedEntry:
    """Read an entry from its bytes."""
    parts = leaf.split(b"\n", 2)
    if len(parts) != 3 or not re.fullmatch(rb"trail|ledger/(0|[1-9][0-9]{0,4})", parts[0]):  # fmt: skip
        raise Contradiction("not-a-leaf", index=index)
    return LoggedEntry(
        index, parts[0].decode(), number(parts[1].decode("ascii", "replace"), f"entry {index}"), parts[2]
    )


class InclusionProof(NamedTuple):
    """A ``tlog-proof``: leaf index, hashes, the checkpoint as bytes, and what was put beside it."""

    leaf_index: int
    hashes: list[bytes]
    checkpoint: bytes
    extra: bytes


def read_proof(content: bytes, what: str) -> InclusionProof:
    """Read a proof of inclusion."""
    head, parted, checkpoint = content.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if not parted or lines.pop(0) != "c2sp.org/tlog-proof@v1" or not lines:
        raise Contradiction("malformed", what=what)
    extra = b""
    if lines[0].startswith("extra "):
        extra = in_base64(lines.pop(0).removeprefix("extra "), what)
    if not lines or not lines[0].startswith("index "):
        raise Contradiction("malformed", what=what)
    index = number(lines.pop(0).removeprefix("index "), what)
    return InclusionProof(index, [in_base64(line, what, 32) for line in lines], checkpoint, extra)


def judge_proof(found: ProofReport, file: Path, entry: Path | None, trusted: Trusted) -> None:
    """Judge the proof of one entry: a receipt that was redeemed."""
    proof = read_proof(read_file(file), file.name)
    checkpoint = read_checkpoint(proof.checkpoint, file.name)
    judge_signatures(found, checkpoint, trusted)
    leaf = read_file(entry) if entry else proof.extra
    if not leaf:
        raise NotJudged("needs-entry")
    told = read_leaf(proof.leaf_index, leaf)
    if not inclusion_is_proven(
        leaf_hash(leaf), proof.leaf_index, checkpoint.size, proof.hashes, checkpoint.root
    ):
        raise Contradiction("not-included", **told.place)
    said = told.said()
    what = " ".join(str(said.get(name, "")) for name in ("type", "source", "id", "recordedtime")).strip()
    found.add("proven", "one-included", **told.place, what=what or "–")
    found.add("beyond", "true")


# The bundle of one claim.

NAMES = re.compile(
    r"bundle\.json|award\.json|checkpoint|keys|verifier\.py|README\.md"
    r"|rulebook/[0-9a-f]{64}/(?:\w[\w.-]*/)?\w[\w.-]*"
    r"|entries/(?:0|[1-9][0-9]{0,17})\.(?:entry|body)|proofs/(?:0|[1-9][0-9]{0,17})\.tlog-proof"
)
"""Files that a bundle can have."""
FILED, ADOPTED, ASSESSED = "kelambu.claim.filed.v", "kelambu.rulebook.adopted.v", "kelambu.claim.assessed.v"


def written(content: object) -> bytes:
    """Return JSON as a bundle has it: one content is written in one way only."""
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"


def contents(
    claim: str, origin: str, size: int, entries: Sequence[LoggedEntry], files: Mapping[str, bytes]
) -> object:
    """Return what ``bundle.json`` says: the claim, the tree, each entry by its place, each file by its SHA-256."""
    return {
        "format": "kelambu-bundle-1",
        "claim": claim,
        "origin": origin,
        "size": size,
        "entries": [entry.place for entry in entries],
        "files": {
            name: hashlib.sha256(content).hexdigest()
            for name, content in files.items()
            if name != "bundle.json"
        },
    }


def award(claim: str, entries: Sequence[LoggedEntry]) -> Award:
    """Return what ``award.json`` says of a claim, all of it taken from the entries.

    ``input`` are the entries from which the award is calculated, in their order, ``rulebooks`` the rulebook in force from an
    entry on, ``assessments`` what was recorded as concluded, in whole rupiah.
    """
    made: Award = {
        "claim": [{"claim": claim}],
        "input": [entry.place for entry in entries],
        "rulebooks": [],
        "assessments": [],
    }
    for entry in entries:
        said = entry.said()
        data = _object(said.get("data"))
        if _is(said, ADOPTED):
            made["rulebooks"].append(
                {**entry.place, "rulebook": data.get("rulebook"), "engine": data.get("engine")}
            )
        elif _is(said, ASSESSED) and said.get("subject") == claim:
            told = {name: data.get(name) for name in ("version", "outcome")}
            receipt, amount = _object(data.get("receipt")), _total(data.get("lines"))
            time = said.get("recordedtime")
            made["assessments"].append(
                {**entry.place, **told, "time": time, "amount": amount, "rulebook": receipt.get("rulebook")}
            )
    return made


def _is(said: Mapping[str, object], kind: str) -> bool:
    return str(said.get("type")).startswith(kind)


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _total(lines: object) -> int:
    amounts = (
        [line.get("amount") for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
    )
    return sum(amount for amount in amounts if isinstance(amount, int))


def rupiah(amount: int) -> str:
    """Write an amount as it is written in Indonesia."""
    return f"Rp{amount:,}".replace(",", ".")


def read_zip(file: Path) -> dict[str, bytes]:
    """Return the files of a bundle by name; nothing is unpacked to disk, and not more than ``MOST_BYTES`` to memory."""
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            listed = archive.infolist()
            if len(listed) > MOST_FILES or sum(entry.file_size for entry in listed) > MOST_BYTES:
                raise Contradiction("malformed", what=file.name)
            for entry in listed:
                if not NAMES.fullmatch(entry.filename) or entry.filename in files:
                    raise Contradiction("file-foreign", name=entry.filename)
                files[entry.filename] = archive.read(entry)
    except FileNotFoundError as error:
        raise NotJudged("unreadable", what=file.name, why=error.strerror) from None
    except (
        OSError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
    ) as error:
        raise Contradiction("unreadable", what=file.name, why=error) from None
    return files


def judge_bundle(found: ProofReport, file: Path, trusted: Trusted) -> None:
    """Judge the bundle of a claim: each entry against the checkpoint, and every other file against the entries."""
    files = read_zip(file)
    for name in ("bundle.json", "award.json", "checkpoint", "keys"):
        if name not in files:
            raise Contradiction("file-missing", name=name)
    checkpoint = read_checkpoint(files["checkpoint"])
    judge_signatures(found, checkpoint, trusted)
    judge_contents(found, files, checkpoint)
    for key in ("recalculate", "complete", "true"):
        found.add("beyond", key)
    if files.get("verifier.py", b"") != Path(__file__).read_bytes():
        found.add("beyond", "other-program")


def judge_contents(found: ProofReport, files: Mapping[str, bytes], checkpoint: SignedCheckpoint) -> None:
    """Judge whether the checkpoint has every entry of a bundle, and every other file says what the entries say."""
    try:
        claim = json.loads(files["bundle.json"])["claim"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Contradiction("malformed", what="bundle.json") from None
    entries = sorted(_proven_entries(files, checkpoint), key=lambda entry: entry.leaf_index)
    if not isinstance(claim, str):
        raise Contradiction("malformed", what="bundle.json")
    found.add("proven", "included", count=len(entries))
    _judge_claim(found, claim, entries)
    told = award(claim, entries)
    if files["award.json"] != written(told):
        raise Contradiction("named-otherwise", name="award.json")
    if files["bundle.json"] != written(contents(claim, checkpoint.origin, checkpoint.size, entries, files)):
        raise Contradiction("named-otherwise", name="bundle.json")
    _judge_award(found, told, files)


def _proven_entries(files: Mapping[str, bytes], checkpoint: SignedCheckpoint) -> Iterator[LoggedEntry]:
    for name, leaf in files.items():
        if not name.startswith("entries/") or name.endswith(".body"):
            continue
        index = int(Path(name).stem)
        proof_name = f"proofs/{index}.tlog-proof"
        if proof_name not in files:
            raise Contradiction("file-missing", name=proof_name)
        proof, entry = read_proof(files[proof_name], proof_name), read_leaf(index, leaf)
        if proof.leaf_index != index or proof.checkpoint != files["checkpoint"] or proof.extra:
            raise Contradiction("named-otherwise", name=proof_name)
        if not inclusion_is_proven(leaf_hash(leaf), index, checkpoint.size, proof.hashes, checkpoint.root):
            raise Contradiction("not-included", **entry.place)
        if entry.shortened:
            body = files.get(f"entries/{index}.body", b"")
            if not entry.is_of(body):
                raise Contradiction("named-otherwise", name=f"entries/{index}.body")
            entry = entry._replace(body=body)
        yield entry
    for name in files:
        if name.startswith("proofs/") and f"entries/{Path(name).stem}.entry" not in files:
            raise Contradiction("file-foreign", name=name)


def _judge_claim(found: ProofReport, claim: str, entries: Sequence[LoggedEntry]) -> None:
    """Everything must be about the claim, about the person that it was filed for, or a rulebook of the same partition."""
    told = [(entry, entry.said()) for entry in entries]
    filings = [(entry, said) for entry, said in told if _is(said, FILED) and said.get("subject") == claim]
    if not filings:
        raise Contradiction("never-filed", claim=claim)
    filing, filed = filings[0]
    before = 0
    for entry, said in told:
        of_person = said.get("person") == filed.get("person") is not None
        adopts = _is(said, ADOPTED)
        if entry.stream != filing.stream or not (of_person or adopts):
            raise Contradiction("foreign", **entry.place, claim=claim)
        if (f"ledger/{said.get('partition')}", said.get("position")) != (entry.stream, entry.position):
            raise Contradiction("not-a-leaf", index=entry.leaf_index)
        if entry.position <= before:
            raise Contradiction("gap", **entry.place, wanted=f"> {before}")
        before = entry.position
    found.add("proven", "claim-of", claim=claim, time=filed.get("recordedtime", "–"))


def _judge_award(found: ProofReport, told: Award, files: Mapping[str, bytes]) -> None:
    """Say what was concluded last; each rulebook that an adoption names must be enclosed, and no other."""
    named = {str(one["rulebook"]): one["index"] for one in told["rulebooks"]}
    enclosed = {name.split("/")[1] for name in files if name.startswith("rulebook/")}
    for rulebook in sorted(named.keys() - enclosed):
        raise Contradiction("no-rulebook", index=named[rulebook], rulebook=rulebook)
    for rulebook in sorted(enclosed - named.keys()):
        raise Contradiction("file-foreign", name=f"rulebook/{rulebook}")
    for last in told["assessments"][-1:]:
        outcome = f"says-{last['outcome']}"
        says = Phrase(outcome, {}) if outcome in TEXTS else last["outcome"]
        found.add(
            "proven", "assessed", **{**last, "outcome": says, "amount": rupiah(int(str(last["amount"])))}
        )


# The whole log in its directory, as C2SP tlog-tiles has it.


class Span(NamedTuple):
    """What a run of entries holds of a stream: first position and its index, last position, SHA-256 of the last body."""

    first: int
    leaf_index: int
    last: int
    digest: bytes


NOTHING = Span(0, 0, 0, hashlib.sha256(b"").digest())
"""What a run holds of a stream that is not in it."""


class Run(NamedTuple):
    """A run of entries within one tile: their hashes, those that the directory has kept, and what each stream has of it."""

    start: int
    hashes: list[bytes]
    kept: list[bytes]
    streams: Streams
    wrong: tuple[str, dict[str, object]] | None


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
    try:
        partly = (
            sorted(aside.iterdir(), key=lambda file: file.name.zfill(3), reverse=True)
            if aside.is_dir()
            else []
        )
        for file in (aside / str(width), full, *partly):
            if file.is_file():
                return file.read_bytes()
    except OSError as error:
        raise NotJudged("unreadable", what=full, why=error.strerror) from None
    return b""


def entries_of(directory: Path, tile: int, width: int) -> Iterator[bytes]:
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


def read_run(directory: Path, bounds: tuple[int, int]) -> Run:
    """Read the entries from one index up to before another, which lie in one tile."""
    start, end = bounds
    tile, first = divmod(start, WIDTH)
    hashes: list[bytes] = []
    streams: dict[bytes, list[int]] = {}
    bodies: dict[bytes, bytes] = {}
    wrong: tuple[str, dict[str, object]] | None = None
    sha256 = hashlib.sha256
    for index, leaf in enumerate(entries_of(directory, tile, first + end - start), tile * WIDTH):
        if index < start:
            continue
        hashes.append(sha256(b"\x00" + leaf).digest())
        try:
            stream, digits, body = leaf.split(b"\n", 2)
            position = int(digits)
            span = streams.setdefault(stream, [position, index, position - 1])
            if position != span[2] + 1 and wrong is None:
                wrong = "gap", {**read_leaf(index, leaf).place, "wanted": span[2] + 1}
            span[2] = position
            bodies[stream] = body
        except (ValueError, Contradiction):
            wrong = wrong or ("not-a-leaf", {"index": index})
    content = read_tile(directory, "0", tile, first + end - start)[first * 32 :]
    kept = [content[at : at + 32] for at in range(0, (end - start) * 32, 32)]
    spans = {
        stream.decode("ascii", "replace"): Span(span[0], span[1], span[2], digest_of(bodies[stream]))
        for stream, span in streams.items()
        if stream in bodies
    }
    return Run(start, hashes, [] if kept == hashes else kept, spans, wrong)


class ReadLog:
    """A log as its directory has it: every hash calculated from the entries, up to where they are there."""

    def __init__(self, directory: Path, sizes: Sequence[int]) -> None:
        """Read it up to the largest of these sizes; how far streams stand is known at each of them."""
        self.directory, self.count = directory, 0
        self.hashes: list[bytes] = []
        self.kept: list[bytes] = []
        self.heads: dict[int, Streams] = {0: {}}
        self.wrong: list[tuple[str, dict[str, object]]] = []
        self._streams: Streams = {}
        runs = list(pairwise(sorted({*sizes, *range(0, max(sizes), WIDTH)} | {0})))
        read = partial(read_run, directory)
        if len(runs) < FEW:
            self._take(map(read, runs))
        else:
            with ProcessPoolExecutor() as pool:
                self._take(pool.map(read, runs, chunksize=FEW))

    def _take(self, runs: Iterable[Run]) -> None:
        for run in runs:
            if self.count < run.start:
                break  # something before it is missing
            self.hashes += run.hashes
            self.kept += run.kept or run.hashes
            self.count += len(run.hashes)
            self.wrong += [run.wrong] if run.wrong else []
            for stream, span in run.streams.items():
                wanted = self._streams[stream].last + 1 if stream in self._streams else 1
                if span.first != wanted:
                    place = {"index": span.leaf_index, "stream": stream, "position": span.first}
                    self.wrong.append(("gap", {**place, "wanted": wanted}))
                self._streams[stream] = span
            self.heads[self.count] = dict(self._streams)

    def entry(self, index: int) -> LoggedEntry:
        """Return an entry that is there."""
        *_, leaf = entries_of(self.directory, index // WIDTH, index % WIDTH + 1)
        return read_leaf(index, leaf)

    def first_changed(self, checkpoint: SignedCheckpoint) -> int | None:
        """Return the first index whose entry is not the one of the kept hashes, where these lead to the checkpoint's root."""
        size = checkpoint.size
        if root_of(self.kept[:size]) != checkpoint.root:
            return None
        return next(at for at in range(size) if self.kept[at] != self.hashes[at])


def judge_log(found: ProofReport, directory: Path, given: Sequence[Path], trusted: Trusted) -> ReadLog:
    """Judge a log in its directory against its own checkpoint and those from outside."""
    own_file = directory / "checkpoint"
    own = [read_checkpoint(read_file(own_file), str(own_file))] if own_file.is_file() or not given else []
    outside = [read_checkpoint(read_file(file), file.name) for file in given]
    if not outside:
        found.add("beyond", "own-checkpoint")
    every = sorted([*own, *outside], key=lambda checkpoint: checkpoint.size)
    for checkpoint in every:
        judge_signatures(found, checkpoint, trusted)
        if checkpoint.origin != every[0].origin:
            raise Contradiction(
                "other-log", what=str(directory), origin=own[0].origin, wanted=outside[0].origin
            )
    for older, newer in pairwise(every):
        if older.size == newer.size and older.root != newer.root:
            found.add("contradicted", "two-histories", origin=older.origin, size=older.size)
    log = ReadLog(directory, [checkpoint.size for checkpoint in every])
    good = 0
    for checkpoint in every:
        if _agrees(found, log, checkpoint, good):
            good = checkpoint.size
    for key, facts in log.wrong[:20]:
        found.add("contradicted", key, **facts)
    if own and own[0].size == good:
        _judge_tiles(found, log, own[0].size)
    found.add("beyond", "true")
    return log


def _agrees(found: ProofReport, log: ReadLog, checkpoint: SignedCheckpoint, good: int) -> bool:
    """Judge a log against one checkpoint; ``good`` entries are known to be right already."""
    size = checkpoint.size
    same = log.count >= size and root_of(log.hashes[:size]) == checkpoint.root
    if log.count < size:
        found.add("contradicted", "cut", size=size, index=log.count)
    elif not same and (changed := log.first_changed(checkpoint)) is not None:
        found.add("contradicted", "changed-entry", **log.entry(changed).place)
    elif not same:
        first = log.entry(good).place
        found.add("contradicted", "changed-between", good=good, last=size - 1, **first)
    here = log.heads[min(size, log.count)]
    for stream, head in checkpoint.heads.items():
        span = here.get(stream, NOTHING)
        if (span.last, span.digest) != head:
            other = Phrase("head-other-body", {})
            differs = other if span.last == head.position else Phrase("head-missing", {"position": span.last})
            found.add("contradicted", "other-head", stream=stream, position=head.position, found=differs)
            same = False
    if same:
        found.add("proven", "whole-log", size=size, directory=log.directory)
        for stream, head in checkpoint.heads.items():
            found.add("proven", "stream", stream=stream, position=head.position)
    return same


def _judge_tiles(found: ProofReport, log: ReadLog, size: int) -> None:
    """Compare every file of hashes with what the entries come to."""
    level, hashes = 0, log.hashes[:size]
    while hashes:
        for tile in range(-(-len(hashes) // WIDTH)):
            part = hashes[tile * WIDTH : (tile + 1) * WIDTH]
            if read_tile(log.directory, str(level), tile, len(part))[: len(part) * 32] != b"".join(part):
                found.add("contradicted", "bad-tile", name=tile_name(str(level), tile, len(part)))
        full = len(hashes) // WIDTH
        hashes = [root_of(hashes[tile * WIDTH : (tile + 1) * WIDTH]) for tile in range(full)]
        level += 1


def judge_consistency(
    found: ProofReport, old_file: Path, new_file: Path, source: Path, trusted: Trusted
) -> None:
    """Judge whether the log of a checkpoint continues that of an older one, by a log's directory or by a proof."""
    old, new = (read_checkpoint(read_file(file), file.name) for file in (old_file, new_file))
    for checkpoint in (old, new):
        judge_signatures(found, checkpoint, trusted)
    if old.origin != new.origin:
        raise Contradiction("other-log", what=new_file.name, origin=new.origin, wanted=old.origin)
    if new.size < old.size:
        raise Contradiction("shrunk", old=old.size, size=new.size)
    if old.size == new.size and old.root != new.root:
        raise Contradiction("two-histories", origin=old.origin, size=old.size)
    if source.is_dir():
        log = ReadLog(source, [old.size, new.size])
        if log.count < new.size or root_of(log.hashes[: new.size]) != new.root:
            raise NotJudged("named-otherwise", name=str(source))
        continued = root_of(log.hashes[: old.size]) == old.root
    else:
        lines = read_file(source).decode("utf-8", "replace").partition("\n\n")[0].splitlines()
        hashes = [in_base64(line, source.name, 32) for line in lines if not line.startswith("old ")]
        continued = consistency_is_proven(old.size, new.size, hashes, old.root, new.root)
    if not continued:
        raise Contradiction("inconsistent", old=old.size, size=new.size)
    found.add("proven", "consistent", old=old.size, size=new.size)


# An export, held against the log.


def judge_export(found: ProofReport, directory: Path, log: ReadLog) -> None:
    """Hold ``ledger.jsonl`` and ``trail.jsonl`` against the entries, and every other file against what was handed out."""
    files = sorted(file for file in directory.iterdir() if file.is_file()) if directory.is_dir() else []
    if not files:
        raise NotJudged("empty-export", directory=directory)
    entries = [read_leaf(index, leaf) for index, leaf in enumerate(_leaves(log))]
    recorded = {(entry.stream, entry.position): entry for entry in entries}
    for file in files:
        if file.name in ("ledger.jsonl", "trail.jsonl"):
            wanted = file.stem
            of_file = {place: one for place, one in recorded.items() if place[0].startswith(wanted)}
            _judge_lines(found, file, of_file)
        else:
            digest = hashlib.sha256(read_file(file)).hexdigest().encode()
            records = [entry for entry in entries if entry.stream == "trail" and digest in entry.body]
            if records:
                found.add("proven", "handed-out", name=file.name, position=records[0].position)
            else:
                found.add("open", "not-handed-out", name=file.name)


def _leaves(log: ReadLog) -> Iterator[bytes]:
    for tile in range(-(-log.count // WIDTH)):
        yield from entries_of(log.directory, tile, min(WIDTH, log.count - tile * WIDTH))


def _judge_lines(found: ProofReport, file: Path, recorded: dict[tuple[str, int], LoggedEntry]) -> None:
    ends: dict[str, int] = {}
    for of_stream, at in recorded:
        ends[of_stream] = max(ends.get(of_stream, 0), at)
    last: dict[str, int] = {}
    same = later = 0
    for line_number, line in enumerate(read_file(file).splitlines(), 1):
        said = LoggedEntry(0, "", 0, line).said()
        of_trail = file.stem == "trail"
        stream = file.stem if of_trail else f"ledger/{said.get('partition')}"
        position = line_number if of_trail else said.get("position")
        if isinstance(position, int):
            last[stream] = max(last.get(stream, 0), position)
        entry = recorded.pop((stream, position), None) if isinstance(position, int) else None
        if entry is not None and entry.is_of(line):
            same += 1
        elif entry is not None:
            found.add(
                "contradicted", "export-other", name=file.name, **entry.place, found=Phrase("line-other", {})
            )
        elif isinstance(position, int) and position > ends.get(stream, 0):
            later += 1
        else:
            found.add(
                "contradicted",
                "export-added",
                name=file.name,
                line=line_number,
                stream=stream,
                position=position,
            )
    missing = [entry for (stream, at), entry in recorded.items() if at <= last.get(stream, 0)]
    for entry in missing[:20]:
        found.add(
            "contradicted", "export-other", name=file.name, **entry.place, found=Phrase("line-missing", {})
        )
    found.add("proven", "export-same", name=file.name, count=same)
    if len(recorded) > len(missing):
        found.add("beyond", "export-ends", name=file.name, count=len(recorded) - len(missing))
    if later:
        found.add("open", "export-unsealed", name=file.name, count=later)


# The signed line of a letter, as its QR code has it.

LETTER = re.compile(
    r"(?P<signed>kelambu-letter/1\|(?P<claim>[A-Z0-9-]{1,40})\|(?P<says>[a-z-]+)\|(?P<amount>0|[1-9][0-9]{0,14})"
    r"\|(?P<on>[0-9]{4}-[0-9]{2}-[0-9]{2})\|(?P<place>[0-9]{1,3}:[0-9]{1,15})\|(?P<origin>[!-{}~]{1,200}))"
    r"\|(?P<signature>[A-Za-z0-9_-]{86})"
)


def judge_letter(found: ProofReport, text: str, trusted: Trusted) -> None:
    """Judge the line of a letter, however it was wrapped: whether the fund has said so."""
    line = LETTER.fullmatch("".join(text.split()))
    if line is None or f"says-{line['says']}" not in TEXTS:
        raise Contradiction("malformed", what=text[:60])
    keys = [key for key in trusted.keys if (key.name, key.kind) == (line["origin"], ED25519)]
    if not trusted.keys:
        raise NotJudged("no-key")
    if not CAN_VERIFY:
        raise NotJudged("no-cryptography")
    for key in keys:
        try:
            signature = base64.urlsafe_b64decode(f"{line['signature']}==")
            message = f"kelambu-letter/1\n{line['signed']}".encode()
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        except InvalidSignature:
            continue
        told = {"claim": line["claim"], "on": line["on"], "place": line["place"], "signer": key}
        says = Phrase(f"says-{line['says']}", {})
        found.add("proven", "letter", **told, says=says, amount=rupiah(int(line["amount"])))
        found.add("beyond", "paper")
        found.add("beyond", "still")
        return
    raise Contradiction("letter-forged", origin=line["origin"])


def read_file(file: Path) -> bytes:
    """Return a file's content."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotJudged("unreadable", what=str(file), why=error.strerror) from None


# The command line.


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, places in {
        "bundle": ["file"],
        "proof": ["file"],
        "log": ["directory"],
        "data": ["directory"],
        "export": ["directory"],
        "consistency": ["old", "new", "source"],
        "letter": ["text"],
    }.items():
        command = commands.add_parser(name)
        for place in places:
            command.add_argument(place, type=str if place == "text" else Path)
        command.add_argument("--key", action="append", default=[], help="NAME+ID+BASE64, or a file of them")
        command.add_argument("--witness", action="append", default=[], help="as --key, of a witness")
        command.add_argument("--quorum", type=int, help="how many of the witnesses must have cosigned; all")
        command.add_argument("--lang", choices=("id", "en"), default="id")
        if name == "proof":
            command.add_argument("--entry", type=Path, help="the entry, if it is not in the proof")
        if name == "export":
            command.add_argument("--log", type=Path, required=True, help="the directory of the log")
        if name in ("log", "data", "export"):
            command.add_argument(
                "--checkpoint", action="append", type=Path, default=[], help="one from outside"
            )
    return parser.parse_args(given)


def _judge(found: ProofReport, told: argparse.Namespace) -> None:
    witnesses = read_keys(told.witness)
    trusted = Trusted(read_keys(told.key), witnesses, told.quorum or len({key.name for key in witnesses}))
    match told.command:
        case "bundle":
            judge_bundle(found, told.file, trusted)
        case "proof":
            judge_proof(found, told.file, told.entry, trusted)
        case "letter":
            judge_letter(found, told.text, trusted)
        case "consistency":
            judge_consistency(found, told.old, told.new, told.source, trusted)
        case "export":
            judge_export(found, told.directory, judge_log(found, told.log, told.checkpoint, trusted))
        case _:
            directory = told.directory / "log" if told.command == "data" else told.directory
            judge_log(found, directory, told.checkpoint, trusted)


def main(given: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    told, found = _arguments(given), ProofReport()
    try:
        _judge(found, told)
    except NotJudged as error:
        found.add("open", error.key, **error.facts)
    except Contradiction as error:
        found.add("contradicted", error.key, **error.facts)
    sys.stdout.write(found.words(("id", "en").index(told.lang)))
    return found.exit_code


if __name__ == "__main__":
    sys.exit(main())
