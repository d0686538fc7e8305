"""What a command says of its work: what it did, what it waits for, what is shown once."""

from __future__ import annotations

NOTES: dict[str, str] = {
    "{name}: registered": "{name}: terdaftar",
    "{name}: registration replaced": "{name}: pendaftaran diganti",
    "user": "pengguna",
    "password": "kata sandi",
    "Whoever reaches this server needs no password: its users protect nothing yet. See docs/redis.md.": "Siapa pun yang mencapai server ini tidak perlu kata sandi: penggunanya belum melindungi apa-apa. Lihat docs/redis.md.",
    "This is the only time that it is shown. Revoke it with: kelambu agency key revoke {name} {key}": "Hanya sekali ini ditampilkan. Cabut dengan: kelambu agency key revoke {name} {key}",
    "{name}: signatures of {key} are trusted": "{name}: tanda tangan {key} dipercaya",
    "{name}: {key} was revoked on {day}": "{name}: {key} dicabut {day}",
    "{count} events left out: their personal values cannot be opened": "{count} kejadian ditinggalkan: nilai pribadinya tidak dapat dibuka",
    "Asked for; the adjudicator of the person's partition takes it up.": "Diminta; layanan keputusan pada partisi orang ini akan mengerjakannya.",
    "{agency}: sent again as {entry}": "{agency}: dikirim lagi sebagai {entry}",
    "It was sent to mend {document}.": "Dikirim untuk memperbaiki {document}.",
    "Admitted since, in this form or mended: receipt {receipt}.": "Sudah diterima kemudian, dalam bentuk ini atau diperbaiki: tanda terima {receipt}.",
    "Replaying {file}": "Memutus {file}",
    "Exporting {what}": "Menulis {what}",
    "Simulating {participants} participants and {claims} claims": "Membuat {participants} peserta dan {claims} klaim",
    "Building read models": "Membangun model baca",
    "Publishing as {agency}": "Mengirim sebagai {agency}",
    "Sending as {agency}": "Mengirim sebagai {agency}",
    # receipts and outcomes
    "{agency}: {count} messages published": "{agency}: {count} pesan dikirim",
    "{agency}: {count} messages published; {told}": "{agency}: {count} pesan dikirim; {told}",
}
