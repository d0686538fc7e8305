"""Batch files that are not those that left, in Indonesian."""

from __future__ import annotations

FOLLOWERS: dict[str, str] = {
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
}
