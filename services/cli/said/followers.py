"""A ledger that is not the one that was followed, batch files and read models that do not fit it, in Indonesian."""

from __future__ import annotations

FOLLOWERS: dict[str, str] = {
    "partition {partition} of the ledger ends before position {position}, which {who} has seen: it is an older copy": (
        "partisi {partition} dari buku berakhir sebelum posisi {position}, yang sudah dilihat {who}: buku ini salinan lama"
    ),
    "partition {partition} of the ledger ends before position {position}, which was seen before: it is an older copy": (
        "partisi {partition} dari buku berakhir sebelum posisi {position}, yang sudah pernah dilihat: buku ini salinan lama"
    ),
    "partition {partition} of the ledger has another event at position {position} than the one which {who} has seen: "
    "it has another history": (
        "partisi {partition} dari buku berisi kejadian lain pada posisi {position} daripada yang dilihat {who}: "
        "riwayatnya lain"
    ),
    "partition {partition} of the ledger has another event at position {position} than the one which was seen before: "
    "it has another history": (
        "partisi {partition} dari buku berisi kejadian lain pada posisi {position} daripada yang pernah dilihat: "
        "riwayatnya lain"
    ),
    "the read models in {place} are damaged, or of another program's making: `kelambu projections rebuild` sets them "
    "aside and builds them anew from the ledger": (
        "model baca di {place} rusak, atau buatan program lain: `kelambu projections rebuild` menyisihkannya dan "
        "membangunnya lagi dari buku"
    ),
    "the read model {projection} has version {live}, and this program knows {known} only: start the newer program, or "
    "build anew with `kelambu projections rebuild`": (
        "model baca {projection} berversi {live}, sedangkan program ini hanya mengenal {known}: jalankan program yang "
        "lebih baru, atau bangun lagi dengan `kelambu projections rebuild`"
    ),
    "{files}: the ledger knows no such batch. The ledger is an older copy, or the file is not its own. Put the right "
    "ledger back, or `kelambu recover`; move the file away only if it never went to the bank": (
        "{files}: buku tidak mengenal setoran itu. Buku ini salinan lama, atau berkas itu bukan miliknya. Kembalikan buku "
        "yang benar, atau `kelambu recover`; pindahkan berkas itu hanya bila belum pernah dikirim ke bank"
    ),
    "{file} is there already with other orders than those that leave now: the ledger is an older copy, or another "
    "installation's. Nothing was replaced. Put the right ledger back, or `kelambu recover`": (
        "{file} sudah ada dengan perintah bayar lain daripada yang keluar sekarang: buku ini salinan lama, atau milik "
        "instalasi lain. Tidak ada yang diganti. Kembalikan buku yang benar, atau `kelambu recover`"
    ),
    "{file} has another header or other totals than the batch: somebody changed it, or it is another installation's. "
    "Put the right file back, or move it away and it is written as it left": (
        "{file} punya kepala atau jumlah lain daripada setorannya: ada yang mengubahnya, atau milik instalasi lain. "
        "Kembalikan berkas yang benar, atau pindahkan dan berkas itu ditulis lagi seperti saat keluar"
    ),
    "{file} has other rows than those that left: somebody changed it, or it is another installation's. Put the right "
    "file back, or move it away and it is written as it left": (
        "{file} berisi baris lain daripada yang keluar: ada yang mengubahnya, atau milik instalasi lain. Kembalikan "
        "berkas yang benar, atau pindahkan dan berkas itu ditulis lagi seperti saat keluar"
    ),
    "{name} is there, and no such batch has left": "{name} ada, padahal tidak ada setoran itu yang keluar",
}
