"""What is wrong with a file that is to be sent, and with a cell of a table."""

from __future__ import annotations

SENDING: dict[str, str] = {
    # files
    "there is no type {kind}.": "tidak ada jenis {kind}.",
    "there is nothing in this file.": "berkas ini kosong.",
    "Name a file of events.": "Sebutkan berkas yang berisi peristiwa.",
    "this is no JSON: nothing was sent.": "ini bukan JSON: tidak ada yang dikirim.",
    "If it is a table, say which type of event its rows are, as in --type claim.filed.": "Jika ini tabel, sebutkan jenis peristiwa pada barisnya, misalnya --type claim.filed.",
    "line {line} is not UTF-8: nothing was sent.": "baris {line} bukan UTF-8: tidak ada yang dikirim.",
    "Save the file as UTF-8.": "Simpan berkas sebagai UTF-8.",
    "line {line}, column {column}: here is no event as JSON; nothing was sent.": "baris {line}, kolom {column}: di sini tidak ada peristiwa dalam bentuk JSON; tidak ada yang dikirim.",
    "Mend the file. An event begins with { and ends with }.": "Perbaiki berkasnya. Peristiwa dimulai dengan { dan diakhiri dengan }.",
    "this is no workbook.": "ini bukan buku kerja.",
    "Save the table as XLSX or as «CSV UTF-8».": "Simpan tabel sebagai XLSX atau «CSV UTF-8».",
    "{count} sheets of this workbook are filled.": "{count} lembar buku kerja ini terisi.",
    "Keep one; each type of event has a table of its own.": "Sisakan satu; setiap jenis peristiwa punya tabel sendiri.",
}
