"""Faults of the machine: files, disks, ports, servers, and a ledger whose parts do not fit together."""

from __future__ import annotations

_NOTHING_CHANGED = (
    "{what}. Nothing was changed. Copy {files} before anything else; `kelambu recover` says what can be had back, "
    "and `kelambu restore` brings a backup into another data directory"
)
_TIDAK_BERUBAH = (
    "{what}. Tidak ada yang diubah. Salin {files} sebelum apa pun; `kelambu recover` menjelaskan apa yang dapat kembali, "
    "dan `kelambu restore` memasukkan cadangan ke direktori data lain"
)

MACHINE: dict[str, str] = {
    # append-only files
    _NOTHING_CHANGED: _TIDAK_BERUBAH,
    f"{_NOTHING_CHANGED}\n{{words}}": f"{_TIDAK_BERUBAH}\n{{words}}",
    "{file} is missing or empty, but {other} is there": "{file} tidak ada atau kosong, padahal {other} ada",
    "{file} is missing, which {manifest} names": "{file} tidak ada, padahal disebut {manifest}",
    "{file} is cut: it does not name {other}": "{file} terpotong: tidak menyebut {other}",
    "{file} is cut at byte {size}: its end is missing": "{file} terpotong pada bita {size}: akhirnya hilang",
    "{file} is cut at byte {size}: it had {noted}": "{file} terpotong pada bita {size}: tadinya {noted}",
    "{file} is older than {other}, which was written since": "{file} lebih lama daripada {other}, yang ditulis sesudahnya",
    "{file} is damaged at byte {whole}: it was whole up to {noted}": "{file} rusak pada bita {whole}: tadinya utuh sampai {noted}",
    "{file} is cut at byte {size}": "{file} terpotong pada bita {size}",
    "{file} is damaged at the line «{line}»": "{file} rusak pada baris «{line}»",
    "{file} is damaged at byte {whole}, and others follow it": "{file} rusak pada bita {whole}, dan masih ada berkas sesudahnya",
    "{file} is damaged at byte {whole} of {size}, and whole writes follow": "{file} rusak pada bita {whole} dari {size}, dan sesudahnya masih ada tulisan yang utuh",
    # starting
    "{setting} and {other} are both {port}: give each a port of its own": "{setting} dan {other} sama-sama {port}: beri masing-masing port sendiri",
    "port {port} is taken, perhaps by another installation: set another {setting}, or free it": "port {port} sudah dipakai, mungkin oleh instalasi lain: isi {setting} lain, atau bebaskan port itu",
    "the server cannot be started: {why} ({file})": "server tidak dapat dinyalakan: {why} ({file})",
    "the server cannot be started: the disk is full ({file}); free some space and try again": "server tidak dapat dinyalakan: disk penuh ({file}); kosongkan ruang lalu coba lagi",
    # the ledger at a start
    "the ledger contradicts itself:\n{faults}\nNo service works on it, and nothing was changed. `kelambu verify` lists what differs; `kelambu recover` says what can be had back, and `kelambu restore` brings a backup into another data directory": "buku bertentangan dengan dirinya:\n{faults}\nTidak ada layanan yang bekerja padanya, dan tidak ada yang diubah. `kelambu verify` mendaftar perbedaannya; `kelambu recover` menjelaskan apa yang dapat kembali, dan `kelambu restore` memasukkan cadangan ke direktori data lain",
    "- {fault}": "- {fault}",
    "{one}\n- {more}": "{one}\n- {more}",
    "partition {partition}: {what} is of another type": "partisi {partition}: {what} berjenis lain",
    "partition {partition}: the ledger ends at {end}, and its head says {position}": "partisi {partition}: buku berakhir pada {end}, kepalanya menyebut {position}",
    "partition {partition}: the ledger has {count} events, and its head says {position}": "partisi {partition}: buku berisi {count} kejadian, kepalanya menyebut {position}",
    "partition {partition}: the inbox ends before what was decided last": "partisi {partition}: kotak masuk berakhir sebelum yang terakhir diputus",
    "partition {partition}: {count} states of persons, and its head says {told}": "partisi {partition}: {count} keadaan orang, kepalanya menyebut {told}",
    "partition {partition}: {count} claims in the index, and its head says {told}": "partisi {partition}: {count} klaim dalam indeks, kepalanya menyebut {told}",
    "partition {partition}: {count} persons are parked, and its head says {told}": "partisi {partition}: {count} orang ditahan, kepalanya menyebut {told}",
    "partition {partition}: ids that it remembers are lost; its head says {count}": "partisi {partition}: nomor yang diingatnya hilang; kepalanya menyebut {count}",
    "partition {partition}: {lost} of {count} claims have no route": "partisi {partition}: {lost} dari {count} klaim tidak punya rute",
    "the payment orders end at {end}, and the progress says {count}": "perintah bayar berakhir pada {end}, catatan kemajuan menyebut {count}",
    "the payment batches end at {end}, and the progress says {count}": "setoran berakhir pada {end}, catatan kemajuan menyebut {count}",
    "the ledger has partitions and no longer says how many: what stands on the server was lost in part; `kelambu recover` says what can be had back": "buku punya partisi tetapi tidak lagi menyebut berapa: sebagian isi server hilang; `kelambu recover` menjelaskan apa yang dapat kembali",
    # keys
    "the key store {file} {what}. Nothing was changed: copy it as it is, and put the latest copy of the keys or a backup in its place; a name or an account whose key is lost can never be read again": "gudang kunci {file} {what}. Tidak ada yang diubah: salin apa adanya, lalu pasang salinan kunci atau cadangan terbaru di tempatnya; nama atau rekening yang kuncinya hilang tidak dapat dibaca lagi selamanya",
    "is damaged": "rusak",
    "is damaged: it does not begin as a database": "rusak: awalnya bukan basis data",
    "is cut: it has {size} of {whole} bytes": "terpotong: {size} dari {whole} bita",
    # servers
    "this is a Sentinel, which keeps no data: name the server that it watches over": "ini Sentinel, yang tidak menyimpan data: sebutkan server yang dijaganya",
    "this server is one of a cluster, on which Kelambu does not work: name a server that stands for itself": "server ini bagian dari klaster, dan Kelambu tidak bekerja pada klaster: sebutkan server yang berdiri sendiri",
    "this server is a replica, which cannot be written to and may lag behind: name its primary; before a replica takes the primary's place, see `kelambu recover`": "server ini replika, yang tidak dapat ditulisi dan mungkin tertinggal: sebutkan server utamanya; sebelum replika menggantikan server utama, lihat `kelambu recover`",
    "this server could not write its append-only file last time: free its disk, or mend it, and it goes on by itself": "server ini tadi gagal menulis berkas append-only: kosongkan atau perbaiki disknya, lalu ia berjalan lagi sendiri",
    # the machine
    "{reason} ({file}).": "{reason} ({file}).",
    "the disk is full": "disk penuh",
    "the disk quota is used up": "jatah disk habis",
    "the file system can only be read": "sistem berkas hanya dapat dibaca",
    "the server's memory is used up": "memori server habis",
    "the server cannot write its file: its disk is full, or fails": "server tidak dapat menulis berkasnya: disknya penuh, atau rusak",
    "the server is a replica, which cannot be written to": "server ini replika, yang tidak dapat ditulisi",
    "the server is still reading its file": "server masih membaca berkasnya",
    "the disk fails": "disk rusak",
    "a database file may not be opened or made": "berkas basis data tidak boleh dibuka atau dibuat",
    "a database file is damaged": "berkas basis data rusak",
}
