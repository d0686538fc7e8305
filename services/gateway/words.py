"""What a problem is called and what to do about it, in English and Indonesian; nothing here repeats what was sent."""

from __future__ import annotations

from msgspec import Struct


class Kind(Struct, frozen=True):
    """A kind of problem: its HTTP status, and title and detail as (English, Indonesian)."""

    status: int
    title: tuple[str, str]
    detail: tuple[str, str]


KINDS: dict[str, Kind] = {
    "malformed-request": Kind(
        400,
        ("The request cannot be read", "Permintaan tidak dapat dibaca"),
        (
            "A header is given twice or cannot be read, the query is wrong, or a batch is no JSON array.",
            "Ada header yang ganda atau tidak dapat dibaca, kueri yang salah, atau kumpulan yang bukan larik JSON.",
        ),
    ),
    "bad-compression": Kind(
        400,
        ("The body cannot be decompressed", "Isi permintaan tidak dapat didekompresi"),
        (
            "The body is no complete gzip, or something follows it. Send one gzip member, whole.",
            "Isi bukan gzip yang utuh, atau ada sisa di belakangnya. Kirim satu gzip yang utuh.",
        ),
    ),
    "unidentified": Kind(
        401,
        ("Nobody is identified", "Pengirim tidak dikenali"),
        (
            "Send an API key (Authorization: Bearer kk_…) or sign the request.",
            "Kirim kunci API (Authorization: Bearer kk_…) atau tanda tangani permintaan.",
        ),
    ),
    "not-registered": Kind(
        403,
        ("The agency is not registered", "Instansi tidak terdaftar"),
        (
            "The key is good, but its agency is not registered here any more. Ask whoever runs this house.",
            "Kuncinya sah, tetapi instansinya tidak terdaftar lagi di sini. Hubungi pengelola.",
        ),
    ),
    "wrong-source": Kind(
        403,
        ("The event is another agency's", "Peristiwa ini milik instansi lain"),
        (
            "`source` must name the agency that sends: /agencies/ and its name.",
            "`source` harus menyebut instansi pengirim: /agencies/ dan namanya.",
        ),
    ),
    "not-allowed": Kind(
        403,
        ("The agency may not send this", "Instansi tidak boleh mengirim ini"),
        (
            "The agency may not send this type, this finding, or a verification of its own claim.",
            "Instansi tidak boleh mengirim jenis ini, temuan ini, atau verifikasi atas klaimnya sendiri.",
        ),
    ),
    "not-found": Kind(
        404,
        ("There is nothing here", "Tidak ada apa-apa di sini"),
        (
            "There is nothing under this address, or nothing that this agency may see.",
            "Tidak ada apa pun di alamat ini, atau tidak ada yang boleh dilihat instansi ini.",
        ),
    ),
    "not-recorded-yet": Kind(
        404,
        ("The claim is not recorded yet", "Klaim belum tercatat"),
        (
            "The filing is admitted and will be recorded shortly. Ask again.",
            "Pengajuan sudah diterima dan segera dicatat. Tanyakan lagi.",
        ),
    ),
    "wrong-method": Kind(
        405,
        ("The method is wrong", "Metode salah"),
        ("`Allow` names the methods of this address.", "`Allow` menyebut metode untuk alamat ini."),
    ),
    "not-acceptable": Kind(
        406,
        ("Only JSON is answered", "Jawaban hanya berupa JSON"),
        (
            "Accept application/json and application/problem+json.",
            "Terimalah application/json dan application/problem+json.",
        ),
    ),
    "too-slow": Kind(
        408,
        ("The request came too slowly", "Permintaan datang terlalu lambat"),
        (
            "The whole request must be here within the time that docs/http.md tells.",
            "Seluruh permintaan harus tiba dalam waktu yang disebut di docs/http.md.",
        ),
    ),
    "id-conflict": Kind(
        409,
        ("The id was used for another content", "Id sudah dipakai untuk isi lain"),
        (
            "This id stands for another content; `differs` names what is not the same. Send a new event with a new id.",
            "Id ini sudah untuk isi lain; `differs` menyebut apa yang berbeda. Kirim peristiwa baru dengan id baru.",
        ),
    ),
    "claim-exists": Kind(
        409,
        ("The claim number is taken", "Nomor klaim sudah terpakai"),
        (
            "Another filing has this claim number. File under a number of your own.",
            "Pengajuan lain sudah memakai nomor klaim ini. Ajukan dengan nomor sendiri.",
        ),
    ),
    "too-large": Kind(
        413,
        ("The request is too large", "Permintaan terlalu besar"),
        (
            "An event has at most 65,536 bytes, a request at most 1,048,576 (also decompressed) and 1,000 events.",
            "Satu peristiwa paling banyak 65.536 bita, satu permintaan 1.048.576 (juga setelah dekompresi) dan 1.000 peristiwa.",
        ),
    ),
    "compression-ratio": Kind(
        413,
        ("The body is compressed too much", "Kompresi isi terlalu tinggi"),
        (
            "The body grows to more than a hundred times its size. Send it less compressed.",
            "Isi mengembang lebih dari seratus kali. Kirim dengan kompresi lebih rendah.",
        ),
    ),
    "unsupported-media": Kind(
        415,
        ("The media type or encoding is not taken", "Jenis media atau pengodean tidak diterima"),
        (
            "Send application/cloudevents+json, -batch+json, or application/json; in UTF-8, as it is or in gzip.",
            "Kirim application/cloudevents+json, -batch+json, atau application/json; dalam UTF-8, biasa atau gzip.",
        ),
    ),
    "invalid": Kind(
        422,
        ("The event is not valid", "Peristiwa tidak sah"),
        (
            "`errors` lists everything that is wrong, each by its place. Mend it and send it again.",
            "`errors` mendaftar semua yang salah beserta tempatnya. Perbaiki lalu kirim lagi.",
        ),
    ),
    "future-date": Kind(
        422,
        ("The event lies in the future", "Peristiwa berada di masa depan"),
        (
            "`errors` names the time or date that is still to come.",
            "`errors` menyebut waktu atau tanggal yang belum tiba.",
        ),
    ),
    "too-complex": Kind(
        422,
        ("The JSON is too deep or has too many keys", "JSON terlalu dalam atau kuncinya terlalu banyak"),
        (
            "JSON may be nested 32 deep and have 10,000 keys in an event, 100,000 in a batch.",
            "JSON boleh bersarang 32 tingkat dan punya 10.000 kunci per peristiwa, 100.000 per kumpulan.",
        ),
    ),
    "too-many-requests": Kind(
        429,
        ("The agency sends too much at once", "Instansi mengirim terlalu banyak sekaligus"),
        (
            "Send again after as many seconds as `Retry-After` says.",
            "Kirim lagi setelah sekian detik menurut `Retry-After`.",
        ),
    ),
    "headers-too-large": Kind(
        431,
        ("The headers are too large", "Header terlalu besar"),
        (
            "The address and all headers have at most 16,384 bytes and 100 lines.",
            "Alamat dan semua header paling banyak 16.384 bita dan 100 baris.",
        ),
    ),
    "internal-error": Kind(
        500,
        ("Something is wrong here", "Ada yang salah di sini"),
        (
            "This is a fault of this house, not of the request. Sending an event again does no harm.",
            "Ini kesalahan sistem ini, bukan permintaan Anda. Mengirim ulang peristiwa tidak merugikan.",
        ),
    ),
    "unavailable": Kind(
        503,
        ("It cannot be answered now", "Belum dapat dijawab sekarang"),
        (
            "A part of this house does not answer. Send again: an event that did arrive is known by its id.",
            "Satu bagian sistem tidak menjawab. Kirim lagi: peristiwa yang sudah tiba dikenali dari id-nya.",
        ),
    ),
}
"""By the last part of the problem's type, ``/problems/KIND``."""

NO_JSON = (
    "The body is no JSON; `errors` tells where it goes wrong.",
    "Isi permintaan bukan JSON; `errors` menyebut tempat salahnya.",
)
NO_BATCH = (
    "A batch is a JSON array of 1 to 1,000 events; send one event alone as application/cloudevents+json.",
    "Kumpulan adalah larik JSON dari 1 sampai 1.000 peristiwa; kirim satu peristiwa saja sebagai application/cloudevents+json.",
)
NO_PAGE = (
    "`limit` is a whole number from 1 to 1,000, `after` the `next` of the page before; give each once.",
    "`limit` adalah bilangan bulat dari 1 sampai 1.000, `after` adalah `next` halaman sebelumnya; masing-masing satu kali.",
)
NO_HEADER = (
    "A ce- header is no attribute of CloudEvents or not percent-encoded UTF-8; `errors` names it. `data` is the body of the request, its type the Content-Type.",
    "Ada header ce- yang bukan atribut CloudEvents atau bukan UTF-8 dengan percent-encoding; `errors` menyebutnya. `data` adalah isi permintaan, jenisnya Content-Type.",
)
"""Details that say more of a request that cannot be read."""

WHO = {
    "missing": "Kirim kunci API (Authorization: Bearer kk_…) atau tanda tangani permintaan.",
    "malformed": "Kunci API atau header tanda tangan tidak berbentuk sebagaimana mestinya.",
    "unknown-key": "Kunci API tidak dikenal; mintalah kepada pengelola.",
    "expired": "Masa berlaku kunci ini sudah habis; mintalah yang baru kepada pengelola.",
    "revoked": "Kunci ini sudah dicabut; mintalah yang baru kepada pengelola.",
    "bad-signature": "Tidak ada kunci instansi ini yang membuat tanda tangan ini; tanda tangani bita yang dikirim.",
    "timestamp": "Tanda tangan berselisih lebih dari 5 menit; setel jam, lalu tanda tangani lagi.",
    "two-agencies": "Kunci API dan tanda tangan milik dua instansi; kirim milik satu instansi.",
}
"""Indonesian details of ``unidentified``, by the code of ``services.identity``."""
