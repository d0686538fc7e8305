"""What is wrong with an event or a key, told in Indonesian: sentences of ``events``, intake and identity, one by one.

Those stay English, as they stand in receipts and in quarantine; whoever asks over HTTP is answered in its language.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from services.contract.words import WORDS


@functools.lru_cache(maxsize=4096)
def in_indonesian(message: str) -> str | None:
    """Return a fault's message in Indonesian; ``None`` for one that has no Indonesian words."""
    told = _WHOLE.get(message)
    if told is not None:
        return told
    for pattern, words in _WITH_PARTS:
        if found := pattern.fullmatch(message):
            parts = [part and _part(part) for part in found.groups()]
            return None if None in parts else words.format(*parts)
    return None


def _part(english: str) -> str | None:
    """Return a part of a sentence: what is wanted, what it is instead, or a name or figure as it stands."""
    if english in _KINDS:
        return _KINDS[english]
    if english in WORDS.types:
        return WORDS.types[english]
    for pattern, words in _WANTED:
        if found := pattern.fullmatch(english):
            return words(found)
    return english if _AS_IT_STANDS.fullmatch(english) else None


_AS_IT_STANDS = re.compile(r'[\w.:/+\[\]-]{1,200}|"[^"]*"|[\w-]{1,40}(, [\w-]{1,40})+')
_WANTED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"one of (.+)"), lambda found: f"salah satu dari {found[1]}"),
    (
        re.compile(r"a whole number from (\d+) to (\d+)"),
        lambda found: f"bilangan bulat dari {found[1]} sampai {found[2]}",
    ),
)
_KINDS = {
    "null (leave out what is not known)": "null (hilangkan yang tidak diketahui)",
    "a whole number": "bilangan bulat",
    "a number": "bilangan",
    "a number with a fraction or too many digits": "bilangan pecahan atau terlalu panjang",
    "a programme of the scheme": "program dari skema",
    "a cause that the scheme knows": "sebab yang dikenal skema",
    "the type, as in kelambu.claim.filed.v1": "jenis peristiwa, misalnya kelambu.claim.filed.v1",
    "the claim number, as in data.claim": "nomor klaim, sama dengan data.claim",
}

_WHOLE = {
    "There is nothing here; on a stream the event stands in `event`.": "Tidak ada isi; pada stream, peristiwa berada di `event`.",
    "This begins with a byte order mark (BOM): save it as UTF-8 without one.": "Dokumen diawali tanda urutan bita (BOM): simpan sebagai UTF-8 tanpa BOM.",
    "This is no JSON: NaN and Infinity are no JSON numbers.": "Ini bukan JSON: NaN dan Infinity bukan bilangan JSON.",
    "This key is given twice; give it once.": "Kunci ini ditulis dua kali; tulis sekali saja.",
    "This text holds half a character (a lone surrogate); send it in UTF-8.": "Teks ini memuat separuh huruf (surrogate tunggal); kirim dalam UTF-8.",
    "Write an object: one event.": "Tulis satu objek: satu peristiwa.",
    "This does not fit the schema of its type.": "Ini tidak sesuai dengan skema jenisnya.",
    "There is no such type; write one, as in kelambu.claim.filed.v1.": "Tidak ada jenis ini; tulis salah satu, misalnya kelambu.claim.filed.v1.",
    "Only Kelambu says this; agencies cannot send it.": "Hanya Kelambu yang menyatakan ini; instansi tidak dapat mengirimnya.",
    "Only Kelambu writes this; leave it out.": "Hanya Kelambu yang menulis ini; hilangkan.",
    "This is Kelambu's own; write the name of your agency.": "Ini milik Kelambu sendiri; tulis nama instansi Anda.",
    "Leave this out: it is for claims only.": "Hilangkan: ini hanya untuk klaim.",
    "Write the same claim number here and in data.claim.": "Tulis nomor klaim yang sama di sini dan di data.claim.",
    "Write the NIK as on the identity card: 16 digits with a possible date of birth.": "Tulis NIK seperti di KTP: 16 angka dengan tanggal lahir yang mungkin.",
    "Write at most two decimals.": "Tulis paling banyak dua desimal.",
    "This date lies after the date of time; only what has happened can be reported.": "Tanggal ini terletak sesudah tanggal time; hanya yang sudah terjadi dapat dilaporkan.",
    "The last day lies before the first day; swap them.": "Hari terakhir mendahului hari pertama; tukar keduanya.",
    "The last month lies before the first month; swap them.": "Bulan terakhir mendahului bulan pertama; tukar keduanya.",
    "Give either provider or payee: who is paid for the treatment.": "Isi provider atau payee, salah satu: siapa yang dibayar untuk perawatan ini.",
    "Give the side, right or left: the percentage depends on it.": "Isi sisi, right atau left: persentasenya bergantung padanya.",
    "Leave this out: this part has no side.": "Hilangkan: bagian tubuh ini tidak punya sisi.",
    "Leave this out: there is only one of this part on a side.": "Hilangkan: bagian ini hanya satu pada tiap sisi.",
    "Give the number of units: this part is counted in them.": "Isi jumlah satuan: bagian ini dihitung per satuan.",
    "Leave this out: this part is not counted in units.": "Hilangkan: bagian ini tidak dihitung per satuan.",
    "Leave this out: the table gives the percentage of this part.": "Hilangkan: persentase bagian ini ada di tabel.",
    "This lies more than 10 minutes ahead of Kelambu's clock; set yours right.": "Waktu ini lebih dari 10 menit di depan jam Kelambu; setel jam Anda.",
    "Another filing has this claim number; file under a number of your own.": "Pengajuan lain sudah memakai nomor klaim ini; ajukan dengan nomor sendiri.",
    "The agency that filed a claim may not verify it.": "Instansi yang mengajukan klaim tidak boleh memverifikasinya.",
    "There is no such day; write one of the calendar.": "Tanggal ini tidak ada; tulis yang ada di kalender.",
    "There is no such day or hour; write one that there is.": "Tanggal atau jam ini tidak ada; tulis yang ada.",
    "Write a name with at least one letter.": "Isi nama dengan paling sedikit satu huruf.",
    "Write the bank's name, with at least one letter or digit.": "Isi nama bank, dengan paling sedikit satu huruf atau angka.",
    "A spreadsheet has shortened this number and lost digits of it: write all its digits, as a text.": "Lembar kerja telah memendekkan nomor ini dan menghilangkan angkanya: tulis semua angkanya, sebagai teks.",
    "Write the account number: 5 to 34 letters A-Z and digits, at least 5 of them digits; blanks, dots and hyphens may stand between them.": "Isi nomor rekening: 5 sampai 34 huruf A-Z dan angka, paling sedikit 5 angka; spasi, titik dan tanda hubung boleh di antaranya.",
    "No ce- header carries this; leave it out.": "Tidak ada header ce- untuk ini; hilangkan.",
    "Write this header in percent-encoded UTF-8.": "Tulis header ini dalam UTF-8 dengan percent-encoding.",
    "An API key is kk_ID_SECRET, as it was shown when it was made.": "Kunci API berbentuk kk_ID_RAHASIA, seperti ditampilkan saat dibuat.",
    "Write Authorization: Bearer kk_ID_SECRET.": "Tulis Authorization: Bearer kk_ID_RAHASIA.",
    "There is no body that a signature could be over: send an API key.": "Tidak ada isi yang dapat ditandatangani: kirim kunci API.",
    "A signature is not over ce- headers: send the event whole, as its JSON form.": "Tanda tangan tidak mencakup header ce-: kirim peristiwa utuh dalam bentuk JSON.",
    "webhook-id has 1 to 64 letters, digits and _ : -, without 16 digits that stand alone.": "webhook-id terdiri dari 1 sampai 64 huruf, angka dan _ : -, tanpa 16 angka yang berdiri sendiri.",
    "webhook-timestamp is in whole seconds since 1970.": "webhook-timestamp dalam detik bulat sejak 1970.",
    "webhook-signature has one signature, v1a,BASE64, or two while keys change.": "webhook-signature memuat satu tanda tangan, v1a,BASE64, atau dua selama kunci berganti.",
    "This id was used before for another content; send a new event under a new id.": "Id ini sudah dipakai untuk isi lain; kirim peristiwa baru dengan id baru.",
}

_WITH_PARTS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Write (\S+), the agency that sent this\.", "Isi {0}, instansi yang mengirim ini."),
        (r"Write (.+); this is (.+)\.", "Isi {0}; yang ini {1}."),
        (
            r"Leave out the character (U\+[0-9A-F]+) at place (\d+): it cannot be seen or printed\.",
            "Hilangkan karakter {0} di urutan {1}: tidak dapat dilihat atau dicetak.",
        ),
        (
            r"(\S+) has the same NIK: give each person once, with their own NIK\.",
            "{0} punya NIK yang sama: sebut setiap orang sekali, dengan NIK sendiri.",
        ),
        (r"Write (.+); these are (\d+)\.", "Isi {0}; ini ada {1}."),
        (r"Write (.+)\.", "Isi {0}."),
        (r"This is missing\. Give (.+)\.", "Ini belum ada. Isi {0}."),
        (
            r"There is no such field here; was (\w+) meant\?",
            "Tidak ada isian ini di sini; maksudnya {0}?",
        ),
        (r"There is no such field here; leave it out\.", "Tidak ada isian ini di sini; hilangkan."),
        (r"Give at least (\d+)\.", "Isi paling sedikit {0}."),
        (r"Give at most (\d+); these are (\d+)\.", "Isi paling banyak {0}; ini ada {1}."),
        (
            r"Give at least one of (.+): what is to be amended\.",
            "Isi paling sedikit satu dari {0}: apa yang diperbaiki.",
        ),
        (r"Give which one: (.+)\.", "Isi yang mana: {0}."),
        (
            r"Give the percentage that was assessed, from (\d+) to (\d+)\.",
            "Isi persentase hasil penilaian, dari {0} sampai {1}.",
        ),
        (
            r"These are more than (\d+) months; is the year right\?",
            "Ini lebih dari {0} bulan; benarkah tahunnya?",
        ),
        (
            r"Another (\w+) of this list has the same id; give each its own\.",
            "Ada {0} lain di daftar ini dengan id yang sama; beri masing-masing id sendiri.",
        ),
        (r"A signed request has ([a-z, -]+) too\.", "Permintaan yang ditandatangani memuat juga {0}."),
        (r"There are (\d+) faults more\.", "Masih ada {0} kesalahan lagi."),
        (
            r"The document has (\d+) bytes; send at most (\d+)\.",
            "Dokumen berukuran {0} bita; kirim paling banyak {1}.",
        ),
        (r"This is no JSON: byte (\d+) is not UTF-8\.", "Ini bukan JSON: bita {0} bukan UTF-8."),
        (
            r"This is no JSON: it breaks off or goes wrong at line (\d+), column (\d+)\.",
            "Ini bukan JSON: terputus atau salah di baris {0}, kolom {1}.",
        ),
        (
            r"Objects and lists are nested deeper than (\d+)\.",
            "Objek dan daftar bersarang lebih dari {0} tingkat.",
        ),
        (r"(\S+) may not send (\S+)\.", "{0} tidak boleh mengirim {1}."),
        (r"(\S+) may not state the finding (\S+)\.", "{0} tidak boleh menyatakan temuan {1}."),
    )
)
