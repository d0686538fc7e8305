#!/usr/bin/env python3
"""Checks what the log of Kelambu proves, without Kelambu and without trusting whoever handed out the files.

How to use it says ``python verifier.py --help``. How to read it: each section below needs only what stands above it.

    Texts                every sentence that can be said, in both languages; nothing is judged there
    Report               what was found, and the exit code that follows from it
    Tree                 RFC 6962: whether an entry stands in a tree, and whether one tree continues another
    Keys and checkpoints C2SP signed notes: who has signed, or cosigned, how many entries there are and their root
    Entries and proofs   what an entry of the log is, and a C2SP ``tlog-proof`` of one
    Bundle               one claim: every entry against the checkpoint, every other file against the entries
    Log                  every entry of a directory against checkpoints, from the entries up to the root
    Copies               an export, and the server's own file, each entry against the log
    Two states           whether a later log continues what an earlier checkpoint or receipt states
    Letter               the signed line of a letter
    Command line

It needs Python 3.11; the package ``cryptography`` checks signatures, and without it only hashes are checked, which is said.
The formats are public: RFC 6962 section 2.1 for the tree, and from C2SP signed-note, tlog-checkpoint, tlog-cosignature,
tlog-proof and tlog-tiles. An entry of the log is a name of a stream (``ledger/3`` for partition 3, or ``trail``), a line
feed, the position in it, a line feed, and what was recorded there, byte for byte. A checkpoint states the root of the tree
over all entries, and the last position of every stream.

What can be read and does not agree is contradicted. What cannot be read, is cut or is not there could not be judged.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import io
import json
import os
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeAlias

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    CAN_VERIFY = True
except ImportError:
    CAN_VERIFY = False

# Texts: in Bahasa Indonesia, and in English.

# fmt: off
TEXTS = {
    "title-proven": ("TERBUKTI", "PROVEN"),
    "title-provided": ("TERBUKTI HANYA BILA YANG DI ATAS TERNYATA BENAR", "PROVEN ONLY IF WHAT IS NAMED ABOVE IS RIGHT"),
    "title-contradicted": ("BERTENTANGAN", "CONTRADICTED"),
    "title-open": ("TIDAK DAPAT DINILAI", "COULD NOT BE JUDGED"),
    "title-beyond": ("YANG TIDAK DIBUKTIKAN DI SINI", "WHAT IS NOT PROVEN HERE"),
    "unreadable": ("{what} tidak dapat dibaca: {why}", "{what} cannot be read: {why}"),
    "malformed": ("{what} tidak berbentuk sebagaimana mestinya, atau terpotong.", "{what} does not have the form that it must have, or is cut."),
    "bad-key": ("Ini bukan kunci publik: {text}", "This is no public key: {text}"),
    "no-key": ("Kunci log tidak diberikan, jadi tanda tangan belum membuktikan apa pun. Ambil kunci dari luar berkas ini, lalu berikan dengan --key.", "No key of the log was given, so the signature proves nothing yet. Take the key from outside these files and give it with --key."),
    "no-cryptography": ("Tanda tangan tidak diperiksa karena paket Python cryptography tidak terpasang atau terlalu lama; hash diperiksa.", "Signatures were not checked, since the Python package cryptography is not installed or too old; hashes were."),
    "signed": ("Titik pemeriksaan log {origin} dengan {size} entri ditandatangani dengan kunci log {signer}.", "The checkpoint of log {origin} with {size} entries is signed with the log's key {signer}."),
    "witnessed": ("Saksi {signer} melihat log dengan {size} entri pada {time} dengan isi yang sama, sebagai kelanjutan dari semua yang dilihatnya sebelumnya.", "Witness {signer} saw the log of {size} entries with the same content at {time}, as a continuation of all it had seen before."),
    "bad-signature": ("Tanda tangan {signer} pada titik pemeriksaan {size} entri tidak sah: isinya diubah sesudah ditandatangani, atau tanda tangannya palsu.", "The signature of {signer} on the checkpoint of {size} entries is not valid: it was changed after it was signed, or the signature is forged."),
    "unknown-signer": ("Titik pemeriksaan {origin} tidak ditandatangani dengan kunci log yang diberikan, tetapi dengan: {signers}. Kuncinya keliru, atau titik pemeriksaan ini bukan dari log itu.", "The checkpoint of {origin} is not signed with the log's key that was given, but with: {signers}. Either the key is the wrong one, or the checkpoint is not of that log."),
    "few-witnesses": ("Hanya {count} dari {wanted} saksi yang diminta ikut menandatangani titik pemeriksaan {size} entri.", "Only {count} of the {wanted} witnesses asked for have cosigned the checkpoint of {size} entries."),
    "no-witness": ("Tidak ada saksi yang ditanyakan: pemegang kunci log bisa saja menunjukkan riwayat lain kepada orang lain.", "No witness was asked for: whoever holds the log's key could show another history to somebody else."),
    "true": ("Bahwa isi yang dilaporkan benar: log membuktikan apa yang tercatat, dan saksi membuktikan kapan paling lambat, bukan bahwa itu terjadi.", "That what was reported is true: the log proves what was recorded, and a witness by when at the latest, not that it happened."),
    "not-a-leaf": ("Entri {index} bukan entri log Kelambu.", "Entry {index} is no entry of a log of Kelambu."),
    "not-included": ("Entri {index} ({stream} posisi {position}) tidak tercatat demikian dalam log: buktinya tidak menuju akar titik pemeriksaan.", "Entry {index} ({stream} position {position}) does not stand so in the log: its proof does not lead to the checkpoint's root."),
    "one-included": ("Entri {index} dari log adalah {stream} posisi {position}: {what}.", "Entry {index} of the log is {stream} position {position}: {what}."),
    "needs-entry": ("Bukti ini tidak memuat entrinya; berikan entri yang dipegang dengan --entry.", "This proof does not contain its entry; give the entry that you hold with --entry."),
    "gap": ("Entri {index}: {stream} posisi {position}, padahal seharusnya posisi {wanted}.", "Entry {index}: {stream} position {position}, where position {wanted} should be."),
    "included": ("{count} entri tercatat dalam log persis seperti dalam berkas ini, byte demi byte.", "{count} entries stand in the log exactly as in this file, byte for byte."),
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
    "same-log": ("{count} entri pertama sama dengan yang ada di {other}.", "The first {count} entries are the same as in {other}."),
    "bad-tile": ("Berkas hash {name} tidak sesuai dengan entri; entrinya sendiri sesuai dengan titik pemeriksaan.", "The file of hashes {name} does not agree with the entries; the entries themselves agree with the checkpoint."),
    "copy-same": ("{count} entri dalam {name} persis sama dengan entri log.", "{count} entries in {name} are exactly the entries of the log."),
    "copy-other": ("{name}: {stream} posisi {position} (entri {index}) berbunyi lain daripada dalam log.", "{name}: {stream} position {position} (entry {index}) says something else than in the log."),
    "copy-missing": ("{name}: {stream} posisi {position} (entri {index}) tidak ada.", "{name}: {stream} position {position} (entry {index}) is missing."),
    "copy-added": ("{name}: {stream} posisi {position} tidak tercatat dalam log sampai titik pemeriksaan ini.", "{name}: {stream} position {position} is not in the log up to this checkpoint."),
    "copy-later": ("{count} entri dalam {name} tercatat sesudah titik pemeriksaan ini.", "{count} entries in {name} were recorded after this checkpoint."),
    "copy-ends": ("{name} berakhir sebelum {count} entri terakhir log: yang tercatat sesudah salinan dibuat, atau dipotong dari ujungnya.", "{name} ends before the last {count} entries of the log: what was recorded after the copy was made, or cut off its end."),
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
}
# fmt: on

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
LANGUAGES = ("id", "en")

# Report.


class Contradiction(Exception):  # noqa: N818 - a finding, not an error of this program
    """Something is not as it must be, and nothing more can be judged behind it. Texts are named by their key."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


class NotJudged(Contradiction):
    """What would be needed to judge is not there, or is cut."""


class Phrase(NamedTuple):
    """A part of a sentence, by its key."""

    key: str
    facts: Mapping[str, object] = {}


class ProofReport:
    """What is found, each a key of ``TEXTS`` with its facts, by kind: contradicted, open, proven, beyond what is proven."""

    def __init__(self) -> None:
        self.found: dict[str, list[Phrase]] = {
            kind: [] for kind in ("contradicted", "open", "proven", "beyond")
        }

    def add(self, kind: str, key: str, **facts: object) -> None:
        """Note a finding, each once; of a kind not more than a hundred."""
        if (finding := Phrase(key, facts)) not in self.found[kind] and len(self.found[kind]) < 100:
            self.found[kind].append(finding)

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
                lines += [f"  {_said(finding, language)}" for finding in findings] + [""]
        return "\n".join(lines)


def _said(phrase: Phrase, language: int) -> str:
    told = {
        name: _said(value, language) if isinstance(value, Phrase) else harmless(str(value))
        for name, value in phrase.facts.items()
    }
    return TEXTS[phrase.key][language].format(**told)


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
        raise NotJudged("unreadable", what=file, why=error.strerror) from None


# Tree: RFC 6962, section 2.1.


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over these hashes, each a leaf or a full subtree of one height; the last may be a smaller one."""
    level = list(hashes) or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


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


def _roots_over(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes | None
) -> tuple[bytes, bytes]:
    """Return both roots that a proof leads to: SUBPROOF of section 2.1.2, read backwards.

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


def inclusion_is_proven(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the leaf is the entry ``index`` of the tree of ``size`` with this root."""
    try:
        return len(leaf) == 32 and 0 <= index < size and _root_over(leaf, index, size, proof) == root
    except ValueError:  # too few hashes, or too many
        return False


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


# Keys and checkpoints: signed notes, checkpoints and cosignatures of C2SP.

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
    """A checkpoint: what is signed as ``text``, what it states, and its signatures; a receipt has none, and no text."""

    text: str
    origin: str
    size: int
    root: bytes
    heads: dict[str, StreamHead]
    signatures: tuple[Signature, ...]


class Trusted(NamedTuple):
    """Whom the reader trusts: keys of the log, keys of witnesses, and how many of them must have cosigned."""

    keys: Sequence[PublicKey]
    witnesses: Sequence[PublicKey]
    quorum: int


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
        content = base64.b64decode(encoded, validate=True)
    except ValueError:
        content = b""
    kind, made = content[:1], hashlib.sha256(f"{name}\n".encode() + content).digest()[:4]
    lengths = {bytes([kind]): 1 + length for kind, (length, _) in LENGTHS.items()}
    if not name or made.hex() != key_id or lengths.get(kind) != len(content):
        raise NotJudged("bad-key", text=text[:200])
    return PublicKey(name, made, content[0], content[1:])


def read_keys(given: Iterable[str]) -> list[PublicKey]:
    """Read keys, each a text or a file with one key a line; what stands behind a key, and lines with #, is for people."""
    keys: list[PublicKey] = []
    for text in given:
        lines = [text]
        if "+" not in text or os.path.isfile(text):  # noqa: PTH113 - a key may be too long for the name of a file
            lines = read_file(Path(text)).decode("utf-8", "replace").splitlines()
        written = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
        if not written:  # who gives a file without a key has asked for a signature all the same
            raise NotJudged("bad-key", text=text)
        keys += map(read_key, written)
    return keys


def read_checkpoint(note: bytes, what: object = "checkpoint") -> SignedCheckpoint:
    """Read a signed checkpoint, with or without the proof for a witness before it. Whether its signatures are right is another question."""
    if note.startswith(b"old "):
        note = note.partition(b"\n\n")[2]
    found = CHECKPOINT.fullmatch(note.decode("utf-8", "replace"))
    if not found or "\ufffd" in found[0]:
        raise NotJudged("malformed", what=what)
    heads, signatures = {}, []
    for line in found["heads"].split("\n")[:-1]:
        stream, position, digest = line.split(" ")
        if stream in heads:
            raise NotJudged("malformed", what=what)
        heads[stream] = StreamHead(int(position), in_base64(digest, what, 32))
    for line in found["signatures"].split("\n")[:-1]:
        _, name, encoded = line.split(" ")
        content = in_base64(encoded, what)
        signatures.append(Signature(name, content[:4], content[4:]))
    root = in_base64(found["root"], what, 32)
    return SignedCheckpoint(
        found["text"], found["origin"], int(found["size"]), root, heads, tuple(signatures)
    )


def verify(key: PublicKey, signature: bytes, checkpoint: SignedCheckpoint) -> int | None:
    """Return the time of a right signature in seconds since 1970, 0 where it has none; None where it is not right."""
    if len(signature) != LENGTHS[key.kind][1]:
        return None
    if not CAN_VERIFY:
        raise NotJudged("no-cryptography")
    time = 0 if key.kind == ED25519 else int.from_bytes(signature[:8], "big")
    try:
        if key.kind == ED25519:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, checkpoint.text.encode())
        elif key.kind == COSIGNATURE:
            message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
        else:
            name, origin = key.name.encode(), checkpoint.origin.encode()
            message = b"subtree/v1\n\x00" + bytes([len(name)]) + name + signature[:8]
            message += bytes([len(origin)]) + origin
            message += bytes(8) + checkpoint.size.to_bytes(8, "big") + checkpoint.root
            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
    except InvalidSignature:
        return None
    except UnsupportedAlgorithm:
        raise NotJudged("no-cryptography") from None
    return time


def judge_signatures(
    found: ProofReport, checkpoint: SignedCheckpoint, trusted: Trusted, quorum: int | None = None
) -> None:
    """Say who signed a checkpoint. A signature that is not right, or none by a key that was given, is a contradiction."""
    cosigned, of_size = set[str](), {"size": checkpoint.size}
    of_log = [key for key in trusted.keys if key.name == checkpoint.origin]
    for key in (*of_log, *(one for one in trusted.witnesses if one.name != checkpoint.origin)):
        for signature in checkpoint.signatures:
            if (signature.name, signature.id) != (key.name, key.id):
                continue
            try:
                time = verify(key, signature.content, checkpoint)
            except NotJudged as error:
                found.add("open", error.key)
                continue
            if time is None:
                found.add("contradicted", "bad-signature", signer=key, **of_size)
            elif key in of_log:
                found.add("proven", "signed", origin=checkpoint.origin, signer=key, **of_size)
            else:
                found.add("proven", "witnessed", signer=key, time=moment(time), **of_size)
                cosigned.add(key.name)
    signers = {(one.name, one.id) for one in checkpoint.signatures}
    if not trusted.keys:
        found.add("open", "no-key")
    elif signers.isdisjoint((key.name, key.id) for key in of_log):
        names = ", ".join(f"{one.name}+{one.id.hex()}" for one in checkpoint.signatures)
        found.add("contradicted", "unknown-signer", origin=checkpoint.origin, signers=names)
    wanted = trusted.quorum if quorum is None else quorum
    if len(cosigned) < wanted:
        found.add("open", "few-witnesses", count=len(cosigned), wanted=wanted, **of_size)
    elif not trusted.witnesses:
        found.add("beyond", "no-witness")


def moment(seconds: int) -> str:
    """Write a time for people, in UTC."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


# Entries and proofs.

LEAF = re.compile(rb"(trail|ledger/(?:0|[1-9][0-9]{0,4}))\n(0|[1-9][0-9]{0,17})\n")
"""How an entry begins."""
HASHED = b"sha256:"
"""Before the hash that stands in an entry for a body that is too long for it."""


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

    @property
    def shortened(self) -> bool:
        """Whether this has the hash of the body only."""
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
    found = LEAF.match(leaf)
    if found is None:
        raise Contradiction("not-a-leaf", index=index)
    return LoggedEntry(index, found[1].decode(), int(found[2]), leaf[found.end() :])


def shortened_body(body: bytes) -> bytes:
    """Return what stands in an entry for a body that is too long for it."""
    return HASHED + hashlib.sha256(body).hexdigest().encode()


class InclusionProof(NamedTuple):
    """A ``tlog-proof``: leaf index, hashes, the checkpoint as bytes, and what was put beside it."""

    leaf_index: int
    hashes: list[bytes]
    checkpoint: bytes
    extra: bytes


PROOF = re.compile(
    rf"c2sp\.org/tlog-proof@v1\n(?:extra (?P<extra>{BASE64})\n)?index (?P<index>{NUMBER})\n(?P<hashes>(?:{BASE64}\n)*)"
)


def read_proof(content: bytes, what: object) -> InclusionProof:
    """Read a proof of inclusion."""
    head, parted, checkpoint = content.partition(b"\n\n")
    found = PROOF.fullmatch(head.decode("utf-8", "replace") + "\n")
    if not found or not parted:
        raise NotJudged("malformed", what=what)
    hashes = [in_base64(line, what, 32) for line in found["hashes"].splitlines()]
    return InclusionProof(int(found["index"]), hashes, checkpoint, in_base64(found["extra"] or "", what))


def judge_proof(found: ProofReport, file: Path, entry: Path | None, trusted: Trusted) -> None:
    """Judge the proof of one entry: a receipt that was redeemed."""
    proof = read_proof(read_file(file), file.name)
    checkpoint = read_checkpoint(proof.checkpoint, file.name)
    judge_signatures(found, checkpoint, trusted)
    leaf = read_file(entry) if entry else proof.extra
    if not leaf:
        raise NotJudged("needs-entry")
    told = read_leaf(proof.leaf_index, leaf)
    _require_included(leaf, told, proof, checkpoint)
    said = told.said()
    what = " ".join(str(said.get(name, "")) for name in ("type", "source", "id", "recordedtime")).strip()
    found.add("proven", "one-included", **told.place, what=what or "–")
    found.add("beyond", "true")


def _require_included(
    leaf: bytes, entry: LoggedEntry, proof: InclusionProof, checkpoint: SignedCheckpoint
) -> None:
    index, size = proof.leaf_index, checkpoint.size
    if not inclusion_is_proven(leaf_hash(leaf), index, size, proof.hashes, checkpoint.root):
        raise Contradiction("not-included", **entry.place)


# Bundle: one claim.

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


def written(content: object) -> bytes:
    """Return JSON as a bundle has it: one content is written in one way only."""
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"


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


def award(claim: str, entries: Sequence[LoggedEntry]) -> Award:
    """Return what ``award.json`` says of a claim, all of it taken from the entries.

    ``input`` are the entries from which the award is calculated, in their order, ``rulebooks`` the rulebook in force from an
    entry on, ``assessments`` what was recorded as concluded, in whole rupiah.
    """
    rulebooks, assessments = list[dict[str, object]](), list[dict[str, object]]()
    for entry in entries:
        said = entry.said()
        data = _object(said.get("data"))
        if _is(said, ADOPTED):
            rulebooks.append({**entry.place, **{name: data.get(name) for name in ("rulebook", "engine")}})
        elif _is(said, ASSESSED) and said.get("subject") == claim:
            told = {name: data.get(name) for name in ("version", "outcome")}
            told |= {
                "time": said.get("recordedtime"),
                "rulebook": _object(data.get("receipt")).get("rulebook"),
            }
            assessments.append({**entry.place, **told, "amount": _total(data.get("lines"))})
    return {
        "claim": [{"claim": claim}],
        "input": [entry.place for entry in entries],
        "rulebooks": rulebooks,
        "assessments": assessments,
    }


def _is(said: Mapping[str, object], kind: str) -> bool:
    return str(said.get("type")).startswith(kind)


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _total(lines: object) -> int:
    amounts = [_object(line).get("amount") for line in (lines if isinstance(lines, list) else [])]
    return sum(amount for amount in amounts if isinstance(amount, int))


def read_bundle(place: Path) -> dict[str, bytes]:
    """Return the files of a bundle by name, from a directory or a ZIP; nothing is unpacked to disk, and not too much to memory."""
    files: dict[str, bytes] = {}
    room = MOST_BYTES
    try:
        for name, size, read in _in_directory(place) if place.is_dir() else _in_zip(place):
            room -= size
            if room < 0:
                raise NotJudged("malformed", what=place.name)
            if not NAMES.fullmatch(name) or name in files:
                raise Contradiction("file-foreign", name=name)
            files[name] = read()
    except OSError as error:
        raise NotJudged("unreadable", what=place.name, why=error.strerror) from None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError) as error:
        raise NotJudged("unreadable", what=place.name, why=error) from None
    return files


Part: TypeAlias = tuple[str, int, Callable[[], bytes]]


def _in_directory(place: Path) -> Iterator[Part]:
    for file in sorted(place.rglob("*")):
        if not file.is_dir() or file.is_symlink():
            yield file.relative_to(place).as_posix(), file.stat().st_size, file.read_bytes


def _in_zip(place: Path) -> Iterator[Part]:
    with zipfile.ZipFile(place) as archive:
        for one in archive.infolist():
            if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotJudged("malformed", what=place.name)
            yield one.filename, one.file_size, partial(archive.read, one)


def judge_bundle(found: ProofReport, place: Path, trusted: Trusted) -> None:
    """Judge the bundle of a claim: each entry against the checkpoint, and every other file against the entries."""
    files = read_bundle(place)
    judge_contents(found, files, trusted)
    for key in ("recalculate", "complete", "true"):
        found.add("beyond", key)
    if files.get("verifier.py", b"") != Path(__file__).read_bytes():
        found.add("beyond", "other-program")


def judge_contents(found: ProofReport, files: Mapping[str, bytes], trusted: Trusted | None = None) -> None:
    """Judge whether the checkpoint has every entry of a bundle, and every other file says what the entries say.

    A file of a bundle that does not have its form is a contradiction, for ``bundle.json`` has its hash. Without ``trusted``
    signatures are not judged.
    """
    for name in ("bundle.json", "award.json", "checkpoint", "keys"):
        if name not in files:
            raise Contradiction("file-missing", name=name)
    try:
        checkpoint = read_checkpoint(files["checkpoint"])
        if trusted is not None:
            judge_signatures(found, checkpoint, trusted)
        claim = _claim_of(files["bundle.json"])
        entries = sorted(_proven_entries(files, checkpoint))
    except NotJudged as error:
        raise Contradiction(error.key, **error.facts) from None
    found.add("proven", "included", count=len(entries))
    _judge_claim(found, claim, entries)
    told = award(claim, entries)
    if files["award.json"] != written(told):
        raise Contradiction("named-otherwise", name="award.json")
    if files["bundle.json"] != written(contents(claim, checkpoint.origin, checkpoint.size, entries, files)):
        raise Contradiction("named-otherwise", name="bundle.json")
    _judge_award(found, told, files)


def _claim_of(listed: bytes) -> str:
    said = LoggedEntry(0, "", 0, listed).said().get("claim")
    if not isinstance(said, str):
        raise NotJudged("malformed", what="bundle.json")
    return said


def _proven_entries(files: Mapping[str, bytes], checkpoint: SignedCheckpoint) -> Iterator[LoggedEntry]:
    for name in files:
        if name.startswith("proofs/") and f"entries/{Path(name).stem}.entry" not in files:
            raise Contradiction("file-foreign", name=name)
    for name, leaf in files.items():
        if not name.endswith(".entry"):
            continue
        index = int(Path(name).stem)
        proof_name, body_name = f"proofs/{index}.tlog-proof", f"entries/{index}.body"
        if proof_name not in files:
            raise Contradiction("file-missing", name=proof_name)
        proof, entry = read_proof(files[proof_name], proof_name), read_leaf(index, leaf)
        if proof.leaf_index != index or proof.checkpoint != files["checkpoint"] or proof.extra:
            raise Contradiction("named-otherwise", name=proof_name)
        _require_included(leaf, entry, proof, checkpoint)
        if entry.shortened:
            body = files.get(body_name, b"")
            if entry.body != shortened_body(body):
                raise Contradiction("named-otherwise", name=body_name)
            entry = entry._replace(body=body)
        yield entry


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
        if entry.stream != filing.stream or not (of_person or _is(said, ADOPTED)):
            raise Contradiction("foreign", **entry.place, claim=claim)
        if (f"ledger/{said.get('partition')}", said.get("position")) != (entry.stream, entry.position):
            raise Contradiction("not-a-leaf", index=entry.leaf_index)
        if entry.position <= before:
            raise Contradiction("gap", **entry.place, wanted=f"> {before}")
        before = entry.position
    found.add("proven", "claim-of", claim=claim, time=filed.get("recordedtime", "–"))


def _judge_award(found: ProofReport, told: Award, files: Mapping[str, bytes]) -> None:
    """Say what was concluded last; each rulebook that an entry names must be enclosed, and no other."""
    named = {str(one["rulebook"]): one["index"] for one in (*told["assessments"], *told["rulebooks"])}
    enclosed = {name.split("/")[1].removesuffix(".json") for name in files if name.startswith("rulebook/")}
    for rulebook in sorted(enclosed - named.keys()):
        raise Contradiction("file-foreign", name=f"rulebook/{rulebook}")
    for rulebook, index in sorted(named.items()):
        if rulebook not in enclosed:
            raise Contradiction("no-rulebook", index=index, rulebook=rulebook)
        stated = f"rulebook/{rulebook}.json"
        if stated not in files:
            found.add("open", "rulebook-unread", index=index, rulebook=rulebook)
        elif hashlib.sha256(files[stated]).hexdigest() != rulebook:
            raise Contradiction("named-otherwise", name=stated)
        else:
            found.add("proven", "rulebook", index=index, rulebook=rulebook)
    for last in told["assessments"][-1:]:
        outcome = f"says-{last['outcome']}"
        says = Phrase(outcome) if outcome in TEXTS else last["outcome"]
        found.add("proven", "assessed", **{**last, "outcome": says, "amount": rupiah(last["amount"])})


# Log: every entry of a directory, as C2SP tlog-tiles has it.

WIDTH = 256
"""Hashes in a full tile."""


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
    partly = (
        sorted(aside.iterdir(), key=lambda file: file.name.zfill(3), reverse=True) if aside.is_dir() else []
    )
    found = next((file for file in (aside / str(width), full, *partly) if file.is_file()), None)
    return b"" if found is None else read_file(found)


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
            if not (found := LEAF.match(leaf)):
                self.wrong.append(Phrase("not-a-leaf", {"index": index}))
                continue
            stream, position = found[1], int(found[2])
            wanted = last.get(stream, nothing)[0] + 1
            if position != wanted:
                place = {"index": index, "stream": stream.decode(), "position": position}
                self.wrong.append(Phrase("gap", {**place, "wanted": wanted}))
            last[stream] = position, leaf[found.end() :]
        self._ends[self.count] = last

    def _leaves(self, size: int) -> Iterator[bytes]:
        for start in range(0, size, WIDTH):
            width = min(WIDTH, size - start)
            leaves = list(entries_of(self.directory, start // WIDTH, width))
            yield from leaves
            if len(leaves) < width:
                return

    @property
    def count(self) -> int:
        """How many entries there are, up to the first that is missing."""
        return len(self.hashes)

    def heads(self, size: int) -> dict[str, StreamHead]:
        """Return how far each stream stands at one of the sizes, or at the end where that comes before."""
        ends = self._ends[min(size, self.count)]
        return {stream.decode(): StreamHead(at, digest_of(body)) for stream, (at, body) in ends.items()}

    def entries(self) -> Iterator[LoggedEntry]:
        """Yield the entries that are there."""
        return map(read_leaf, range(self.count), self._leaves(self.count))

    def place(self, index: int) -> dict[str, object]:
        """Return what a finding names of an entry that is there."""
        *_, leaf = entries_of(self.directory, index // WIDTH, index % WIDTH + 1)
        return read_leaf(index, leaf).place

    def leads_to(self, state: SignedCheckpoint) -> bool:
        """Return whether the entries give the root of a state of the log."""
        return self.count >= state.size and root_of(self.hashes[: state.size]) == state.root

    def first_changed(self, checkpoint: SignedCheckpoint) -> int | None:
        """Return the first index whose entry is not that of the kept hashes, where these lead to the checkpoint's root."""
        kept: list[bytes] = []
        for start in range(0, checkpoint.size, WIDTH):
            width = min(WIDTH, checkpoint.size - start)
            tile = read_tile(self.directory, "0", start // WIDTH, width)
            kept += [tile[at : at + 32] for at in range(0, width * 32, 32)]
        if root_of(kept) != checkpoint.root:
            return None
        return next(at for at, hash_ in enumerate(kept) if hash_ != self.hashes[at])


def judge_log(
    found: ProofReport, directory: Path, given: Sequence[Path], trusted: Trusted, other: Path | None = None
) -> ReadLog:
    """Judge a log in its directory against its own checkpoint and those from outside, and another copy of it.

    Witnesses are asked for on the checkpoints from outside, where there are any, else on its own.
    """
    own_file = directory / "checkpoint"
    own = [read_checkpoint(read_file(own_file), own_file)] if own_file.is_file() or not given else []
    outside = [read_checkpoint(read_file(file), file.name) for file in given]
    if not outside:
        found.add("beyond", "own-checkpoint")
    every = sorted([*own, *outside], key=lambda checkpoint: checkpoint.size)
    for checkpoint in every:
        judge_signatures(found, checkpoint, trusted, 0 if outside and checkpoint in own else None)
        _require_same_log(checkpoint, every[0], directory)
    for older, newer in pairwise(every):
        if older.size == newer.size and older.root != newer.root:
            found.add("contradicted", "two-histories", origin=older.origin, size=older.size)
    log, good = ReadLog(directory, [checkpoint.size for checkpoint in every]), [0]
    for checkpoint in every:
        if _agrees(found, log, checkpoint, max(size for size in good if size <= max(checkpoint.size - 1, 0))):
            good.append(checkpoint.size)
    for wrong in log.wrong:
        found.add("contradicted", wrong.key, **wrong.facts)
    if own and own[0].size == good[-1]:
        _judge_tiles(found, log, own[0].size)
    if other is not None:
        _judge_other(found, log, other)
    found.add("beyond", "true")
    return log


def _require_same_log(state: SignedCheckpoint, wanted: SignedCheckpoint, what: object) -> None:
    if state.origin != wanted.origin:
        raise Contradiction("other-log", what=what, origin=state.origin, wanted=wanted.origin)


def _agrees(found: ProofReport, log: ReadLog, checkpoint: SignedCheckpoint, good: int) -> bool:
    """Judge a log against one checkpoint; ``good`` entries are known to be right already."""
    size, same = checkpoint.size, log.leads_to(checkpoint)
    if log.count < size:
        found.add("contradicted", "cut", size=size, index=log.count)
    elif not same and (changed := log.first_changed(checkpoint)) is not None:
        found.add("contradicted", "changed-entry", **log.place(changed))
    elif not same and good < size:
        found.add("contradicted", "changed-between", good=good, last=size - 1, **log.place(good))
    here = log.heads(size)
    for stream, head in checkpoint.heads.items():
        there = here.get(stream, StreamHead(0, hashlib.sha256(b"").digest()))
        if there != head:
            told = {"stream": stream, "position": head.position, "found": there.position}
            found.add("contradicted", "other-head", **told)
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
        parts = [hashes[at : at + WIDTH] for at in range(0, len(hashes), WIDTH)]
        for tile, part in enumerate(parts):
            if read_tile(log.directory, str(level), tile, len(part))[: len(part) * 32] != b"".join(part):
                found.add("contradicted", "bad-tile", name=tile_name(str(level), tile, len(part)))
        hashes = [root_of(part) for part in parts if len(part) == WIDTH]
        level += 1


def _judge_other(found: ProofReport, log: ReadLog, directory: Path) -> None:
    """Compare a log with another copy of it, entry by entry, as far as both go."""
    file = directory / "checkpoint"
    theirs = ReadLog(directory, [read_checkpoint(read_file(file), file).size])
    same = [ours == other for ours, other in zip(log.hashes, theirs.hashes, strict=False)]
    if all(same):
        found.add("proven", "same-log", count=len(same), other=directory)
    else:
        found.add("contradicted", "first-other", **log.place(same.index(False)), other=directory)


# Copies: an export, and the server's own file, each entry held against the log.


def judge_copy(
    found: ProofReport, name: object, copied: Iterable[LoggedEntry], log: ReadLog, kind: str, *, whole: bool
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
        told: dict[str, object] = {"name": name, "stream": one.stream, "position": one.position}
        last[one.stream] = max(last.get(one.stream, 0), one.position)
        if place in recorded and place not in seen:
            head = f"{one.stream}\n{one.position}\n".encode()
            told["index"] = recorded[place]
            if log.hashes[recorded[place]] not in (
                leaf_hash(head + one.body),
                leaf_hash(head + shortened_body(one.body)),
            ):
                found.add("contradicted", "copy-other", **told)
            seen.add(place)
        elif one.position > ends.get(one.stream, 0):
            later += 1
        else:
            found.add("contradicted", "copy-added", **told)
    missing = [place for place in recorded if place not in seen]
    lost = [place for place in missing if whole or place[1] <= last.get(place[0], 0)]
    for stream, position in lost:
        told = {"index": recorded[stream, position], "stream": stream, "position": position}
        found.add("contradicted", "copy-missing", name=name, **told)
    found.add("proven", "copy-same", name=name, count=len(seen))
    if len(missing) > len(lost):
        found.add("beyond", "copy-ends", name=name, count=len(missing) - len(lost))
    if later:
        found.add("beyond" if whole else "open", "copy-later", name=name, count=later)


def judge_export(found: ProofReport, directory: Path, log: ReadLog) -> None:
    """Hold ``ledger.jsonl`` and ``trail.jsonl`` against the entries, and every other file against what was handed out."""
    files = sorted(file for file in directory.iterdir() if file.is_file()) if directory.is_dir() else []
    if not files:
        raise NotJudged("file-missing", name=directory)
    trail = [entry for entry in log.entries() if entry.stream == "trail"]
    for file in files:
        if file.name in ("ledger.jsonl", "trail.jsonl"):
            judge_copy(found, file.name, _lines_of(file), log, file.stem, whole=False)
            continue
        digest = hashlib.sha256(read_file(file)).hexdigest().encode()
        told = re.compile(
            rb'"(?:sha256|frame_sha256|manifest)":"%s"' % digest
        )  # and not in what somebody wrote
        records = [entry for entry in trail if told.search(entry.body)]
        if records:
            found.add("proven", "handed-out", name=file.name, position=records[0].position)
        else:
            found.add("open", "not-handed-out", name=file.name)


def _lines_of(file: Path) -> Iterator[LoggedEntry]:
    for number, line in enumerate(read_file(file).splitlines(), 1):
        if file.stem == "trail":
            yield LoggedEntry(-1, "trail", number, line)
            continue
        said = LoggedEntry(0, "", 0, line).said()
        position = said.get("position")
        if not isinstance(position, int):
            raise NotJudged("malformed", what=f"{file.name}:{number}")
        yield LoggedEntry(-1, f"ledger/{said.get('partition')}", position, line)


def judge_server_file(found: ProofReport, data: Path, log: ReadLog) -> None:
    """Hold what the append-only file of the server in a data directory writes into ledger and trail against the log."""
    folder = data / "server" / "appendonlydir"
    found.add("beyond", "server-keys")
    if not folder.is_dir():
        found.add("beyond", "no-server-file", directory=folder)
        return
    manifest = folder / "appendonly.aof.manifest"
    named = [
        re.fullmatch(r"file ([\w.-]+) seq [0-9]+ type ([bhi])(?: \w+ [0-9]+)*", line)
        for line in read_file(manifest).decode("utf-8", "replace").splitlines()
    ]
    files = [folder / one[1] for one in named if one and one[2] != "h"]
    if None in named or not files:
        raise NotJudged("malformed", what=manifest)
    copied = (one for file in files for one in _added_in(found, file))
    judge_copy(found, folder, copied, log, "", whole=True)


ANYWHERE = set(b"COPY DEBUG EVAL EVALSHA FCALL FLUSHALL FLUSHDB MOVE REPLICAOF SLAVEOF SWAPDB".split())
"""Commands that change what they do not name, or in another database; a server writes none of them for Kelambu."""


def _added_in(found: ProofReport, file: Path) -> Iterator[LoggedEntry]:
    """Yield what each XADD adds to ledger and trail; any other command on them, or on everything, takes something back."""
    database = b"0"
    for name, *arguments in _commands(found, file):
        command = name.upper()
        if command == b"SELECT":
            database = b" ".join(arguments)
        if command in ANYWHERE:
            _take_back(found, file, name, "*")
        for key in (arguments[:1] if command == b"XADD" else arguments) if database == b"0" else ():
            if not (stream := re.fullmatch(rb"\{p(0[0-9]|[1-9][0-9]+)\}:ledger|\{audit\}:trail", key)):
                continue
            told = f"ledger/{int(stream[1])}" if stream[1] else "trail"
            match command, arguments:
                case b"XADD", [_, position, b"e", body] if re.fullmatch(rb"[1-9][0-9]{0,17}-0", position):
                    yield LoggedEntry(-1, told, int(position[:-2]), body)
                case b"XSETID" | b"XGROUP", _:
                    pass  # as a server writes them when it rewrites its file
                case _:
                    _take_back(found, file, name, told)


def _take_back(found: ProofReport, file: Path, command: bytes, stream: str) -> None:
    told = {"command": command.decode("utf-8", "replace"), "stream": stream}
    found.add("contradicted", "taken-back", name=file.name, **told)


def _commands(found: ProofReport, file: Path) -> Iterator[list[bytes]]:
    """Yield the commands of an append-only file: ``*COUNT``, and for each part ``$LENGTH`` and the part, lines end in CR LF."""
    try:
        most = file.stat().st_size
        with file.open("rb") as opened:
            while head := opened.readline():
                at = opened.tell() - len(head)
                if head.startswith(b"#"):  # a time that the server noted
                    continue
                parts = []
                for _ in range(_counted(b"*", head)):
                    length = _counted(b"$", opened.readline())
                    parts.append(opened.read(min(length, most)))
                    if opened.read(2) != b"\r\n":
                        parts = []
                        break
                if not parts:
                    found.add("open", "torn", name=file.name, at=at)
                    return
                yield parts
    except OSError as error:
        raise NotJudged("unreadable", what=file, why=error.strerror) from None
    except ValueError:
        found.add("open", "torn", name=file.name, at=at)


def _counted(mark: bytes, line: bytes) -> int:
    """Return the number of a line, written as a server writes it: what it reads otherwise than Python is none."""
    if not re.fullmatch(re.escape(mark) + rb"[0-9]+\r\n", line):
        raise ValueError
    return int(line[1:])


# Two states: whether a later log continues an earlier one.


def read_states(file: Path) -> list[SignedCheckpoint]:
    """Read a checkpoint, or of receipts in JSON, one or several, the states of the log that they name."""
    content = read_file(file)
    if not content.lstrip().startswith((b"{", b"[")):
        return [read_checkpoint(content, file.name)]
    try:
        try:
            said = json.loads(content)
        except ValueError:
            said = [json.loads(line) for line in content.splitlines()]
        given = said if isinstance(said, list) else [said]
        receipts = [one["receipt"] if isinstance(one.get("receipt"), dict) else one for one in given]
        logs = [one.get("log", one) for one in receipts]
        return [
            SignedCheckpoint(
                "", one["origin"], int(one["size"]), in_base64(one["root"], file.name, 32), {}, ()
            )
            for one in logs
            if one.get("root")
        ]
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise NotJudged("malformed", what=file.name) from None


def judge_consistency(
    found: ProofReport, old_file: Path, new_file: Path, source: Path, trusted: Trusted
) -> None:
    """Judge whether the log of a checkpoint continues an older one's or a receipt's, by a log's directory or by a proof."""
    states, new = read_states(old_file), read_checkpoint(read_file(new_file), new_file.name)
    log = ReadLog(source, [new.size]) if source.is_dir() else None
    if not states:
        raise NotJudged("malformed", what=old_file.name)
    if log is None and len({state.size for state in states}) > 1:
        raise NotJudged("one-size", what=old_file.name)
    judge_signatures(found, new, trusted)
    for old in states:
        if old.text:
            judge_signatures(found, old, trusted)
        else:
            found.add("beyond", "receipt", what=old_file.name)
        _require_same_log(new, old, new_file.name)
        if new.size < old.size:
            raise Contradiction("shrunk", old=old.size, size=new.size)
        if old.size == new.size and old.root != new.root:
            raise Contradiction("two-histories", origin=old.origin, size=old.size)
        if log is not None and not log.leads_to(new):
            raise NotJudged("named-otherwise", name=source)
        continued = log.leads_to(old) if log else _is_continued(old, new, source)
        if not continued:
            raise Contradiction("inconsistent", old=old.size, size=new.size, last=old.size - 1)
        found.add("proven", "consistent", old=old.size, size=new.size)


def _is_continued(old: SignedCheckpoint, new: SignedCheckpoint, proof: Path) -> bool:
    lines = read_file(proof).decode("utf-8", "replace").partition("\n\n")[0].splitlines()
    hashes = [in_base64(line, proof.name, 32) for line in lines if not line.startswith("old ")]
    return consistency_is_proven(old.size, new.size, hashes, old.root, new.root)


# Letter: its signed line, as its QR code has it.

LETTER = re.compile(
    r"(?P<signed>kelambu-letter/1\|(?P<claim>[A-Z0-9-]{1,40})\|(?P<says>[a-z-]+)\|(?P<amount>0|[1-9][0-9]{0,14})"
    r"\|(?P<on>[0-9]{4}-[0-9]{2}-[0-9]{2})\|(?P<place>[0-9]{1,3}:[0-9]{1,15})\|(?P<origin>[!-{}~]{1,200}))"
    r"\|(?P<signature>[A-Za-z0-9_-]{86})"
)


def judge_letter(found: ProofReport, text: str, trusted: Trusted) -> None:
    """Judge the line of a letter, however it was wrapped: whether the fund has said so."""
    line = LETTER.fullmatch("".join(text.split()))
    if line is None or f"says-{line['says']}" not in TEXTS:
        raise NotJudged("malformed", what=text[:60])
    if not trusted.keys:
        raise NotJudged("no-key")
    signature = base64.urlsafe_b64decode(f"{line['signature']}==")
    signed = SignedCheckpoint(f"kelambu-letter/1\n{line['signed']}", line["origin"], 0, b"", {}, ())
    for key in trusted.keys:
        if (key.name, key.kind) == (line["origin"], ED25519) and verify(key, signature, signed) is not None:
            told = {"claim": line["claim"], "on": line["on"], "place": line["place"], "signer": key}
            says = Phrase(f"says-{line['says']}")
            found.add("proven", "letter", **told, says=says, amount=rupiah(int(line["amount"])))
            found.add("beyond", "paper")
            return
    raise Contradiction("letter-forged", origin=line["origin"])


# Command line.

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


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say how it is used in the language that is asked for; ``message`` is in English only."""
        sys.stdout.write(self.usage or message)
        sys.exit(2)


def _read_arguments(given: Sequence[str], usage: str) -> argparse.Namespace:
    parser = _Arguments(add_help=False, usage=usage, allow_abbrev=False)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("places", nargs="+")
    for option in ("--key", "--witness"):
        parser.add_argument(option, action="append", default=[])
    parser.add_argument("--checkpoint", action="append", type=Path, default=[])
    for option in ("--entry", "--log", "--other"):
        parser.add_argument(option, type=Path)
    parser.add_argument("--quorum", type=int)
    parser.add_argument("--lang", choices=LANGUAGES)
    told = parser.parse_args(given)
    places, options = COMMANDS[told.command]
    foreign = {option for option in ("checkpoint", "entry", "log", "other") if getattr(told, option)} - set(
        options
    )
    unfit = foreign or (told.command == "export" and not told.log) or (told.quorum or 1) < 1
    if len(told.places) != places or unfit:
        parser.error("")
    return told


def _judge(found: ProofReport, told: argparse.Namespace) -> None:
    witnesses = read_keys(told.witness)
    trusted = Trusted(read_keys(told.key), witnesses, told.quorum or len({key.name for key in witnesses}))
    place = Path(told.places[0])
    match told.command:
        case "bundle":
            judge_bundle(found, place, trusted)
        case "proof":
            judge_proof(found, place, told.entry, trusted)
        case "letter":
            judge_letter(found, told.places[0], trusted)
        case "consistency":
            judge_consistency(found, place, Path(told.places[1]), Path(told.places[2]), trusted)
        case "export":
            judge_export(found, place, judge_log(found, told.log, told.checkpoint, trusted))
        case "data":
            log = judge_log(found, told.log or place / "log", told.checkpoint, trusted)
            judge_server_file(found, place, log)
        case _:
            judge_log(found, place, told.checkpoint, trusted, told.other)


def main(given: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # not every terminal knows every sign
    words = sys.argv[1:] if given is None else list(given)
    asked = [after for word, after in pairwise(words) if word == "--lang"]
    asked += [word.partition("=")[2] for word in words if word.startswith("--lang=")]
    asked += [os.environ.get("KELAMBU_LANG", "")]
    language = LANGUAGES.index(next((word for word in asked if word in LANGUAGES), LANGUAGES[0]))
    if not words or {"-h", "--help"} & set(words):
        sys.stdout.write(USAGE[language])
        return 0
    told, found = _read_arguments(words, USAGE[language]), ProofReport()
    try:
        _judge(found, told)
    except NotJudged as error:
        found.add("open", error.key, **error.facts)
    except Contradiction as error:
        found.add("contradicted", error.key, **error.facts)
    sys.stdout.write(found.words(language))
    return found.exit_code


if __name__ == "__main__":
    sys.exit(main())
