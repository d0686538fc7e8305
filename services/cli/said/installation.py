"""Which parts of an installation do not belong together, and what a recovery finds and does."""

from __future__ import annotations

_RECOVER = "`kelambu recover` menunjukkan apa yang termasuk satu instalasi dan apa yang dapat dilakukan"

INSTALLATION: dict[str, str] = {
    "the parts of this installation do not belong together:": "bagian-bagian instalasi ini tidak termasuk satu instalasi:",
    "nothing was recovered:": "tidak ada yang dipulihkan:",
    # which part
    "the core server (REDIS_URL, or DATA/server)": "server inti (REDIS_URL, atau DATA/server)",
    "the key store (KELAMBU_KEYS, or DATA/keys)": "penyimpanan kunci (KELAMBU_KEYS, atau DATA/keys)",
    "the read models (KELAMBU_DATABASE, or DATA/read-models.db)": "model baca (KELAMBU_DATABASE, atau DATA/read-models.db)",
    "the batch directory (DATA/batches)": "direktori setoran (DATA/batches)",
    "the edge server (EDGE_URL)": "server tepi (EDGE_URL)",
    # what is wrong with it
    "{name} has no mark of {ours}: it is empty or another": "{name} tidak bertanda {ours}: kosong, atau yang lain",
    "{name} belongs to another installation ({theirs}; the ledger is of {ours})": "{name} milik instalasi lain ({theirs}; buku ini dari {ours})",
    "{name} is of an earlier epoch ({theirs}; the ledger is of {ours})": "{name} dari zaman yang lebih awal ({theirs}; buku ini dari {ours})",
    "{name} is of a later epoch ({theirs}) than the ledger ({ours}): the ledger is an older copy": "{name} dari zaman yang lebih baru ({theirs}) daripada buku ({ours}): buku ini salinan lama",
    "{name} and the ledger were recovered apart from each other ({theirs})": "{name} dan buku dipulihkan sendiri-sendiri ({theirs})",
    "{name} has another token secret than the ledger's": "{name} memuat rahasia token yang lain daripada milik buku",
    "{name} has no token secret than the ledger's": "{name} tidak memuat rahasia token milik buku",
    "{name} is older than the ledger: it ends at generation {last}, events of the ledger need keys of generation {needed}": "{name} lebih tua daripada buku: berakhir pada generasi {last}, sedangkan kejadian buku memerlukan kunci generasi {needed}",
    "{name} is a copy that went another way than the ledger, at generation {needed}": "{name} adalah salinan yang berjalan sendiri, lain dari buku, pada generasi {needed}",
    "{name} holds {events} events that no installation claims": "{name} memuat {events} kejadian yang bukan milik instalasi mana pun",
    "{name} is empty, and there is something of an installation in {places}": "{name} kosong, padahal ada bagian instalasi di {places}",
    "{name} was filled from a backup, and the recovery after that was broken off": "{name} sudah diisi dari cadangan, tetapi pemulihan sesudahnya terputus",
    "{name} holds a part of a backup: a restore was broken off": "{name} memuat sebagian cadangan: pengembalian cadangan terputus",
    # what to do
    "Run `kelambu restore BACKUP` again, which goes on": "Jalankan `kelambu restore CADANGAN` sekali lagi, pekerjaannya dilanjutkan",
    "Run `kelambu restore BACKUP` again, which begins anew; a ledger that was set aside for it stands in DATA/server.TIME": "Jalankan `kelambu restore CADANGAN` sekali lagi, pekerjaannya dimulai dari awal; buku yang disisihkan untuk itu ada di DATA/server.WAKTU",
    "Bring back the server's own files, or restore a backup with `kelambu restore`": "Kembalikan berkas server itu sendiri, atau pulihkan cadangan dengan `kelambu restore`",
    "Bring back the newest copy of the key store, never an empty one: with another secret every person would be somebody else": "Kembalikan salinan terbaru penyimpanan kunci, jangan pernah yang kosong: dengan rahasia lain setiap orang menjadi orang lain",
    "`kelambu recover` builds them anew from the ledger": "`kelambu recover` membangunnya lagi dari buku",
    "Bring back or mount the directory; if it is lost, `kelambu recover` writes the files again": "Kembalikan atau pasang direktori itu; bila hilang, `kelambu recover` menulis berkasnya lagi",
    "Name the right server in EDGE_URL": "Sebutkan server yang benar dalam EDGE_URL",
    "Name the right server": "Sebutkan server yang benar",
    "{bring}; `kelambu recover` says what belongs together and what can be done": "{bring}; " + _RECOVER,
    # recover
    "a recovery has an officer and a reason.": "pemulihan memerlukan petugas dan alasan.",
    "Give both --officer and --reason, or neither.": "Beri --officer dan --reason keduanya, atau tidak sama sekali.",
    "everything belongs together: there is nothing to recover": "semuanya satu instalasi: tidak ada yang perlu dipulihkan",
    "there is nothing here yet: `kelambu up` creates an installation": "di sini belum ada apa-apa: `kelambu up` membuat instalasi",
    "there is no ledger to begin with: bring back the server's own files, or name a copy with `kelambu recover --ledger PLACE` (a backup, or another data directory)": "tidak ada buku sebagai awal: kembalikan berkas server itu sendiri, atau sebutkan salinan dengan `kelambu recover --ledger PLACE` (cadangan, atau direktori data lain)",
    "the key store has no token secret: the keys come with the ledger": "penyimpanan kunci tidak memuat rahasia token: kunci harus datang bersama buku",
    "The ledger: installation {id}, epoch {epoch}, {events} events": "Buku: instalasi {id}, zaman {epoch}, {events} kejadian",
    "{directory} lacks the files of batches that left, which the read models know and the ledger does not: {labels}. Bring them back from the bank or a copy: what they say has left, and would leave again": "di {directory} tidak ada berkas setoran yang sudah dikirim, yang dikenal model baca tetapi tidak dikenal buku: {labels}. Ambil kembali dari bank atau dari salinan: isinya sudah dikirim, dan akan terkirim lagi",
    "What read models and batch files still know:": "Yang masih diketahui model baca dan berkas setoran:",
    "First look for a newer copy of the ledger: `kelambu recover --ledger COPY` says what it lacks, and changes nothing.": "Cari dahulu salinan buku yang lebih baru: `kelambu recover --ledger SALINAN` menyebut apa yang kurang di dalamnya, dan tidak mengubah apa pun.",
    "What the ledger does not have:": "Yang tidak ada dalam buku:",
    "- {count} claims, which their agencies must send again: {claims}": "- {count} klaim, yang harus dikirim lagi oleh instansinya: {claims}",
    "- {orders} orders of {amount} that are at the bank, in {batches}": "- {orders} perintah bayar senilai {amount} yang sudah di bank, dalam {batches}",
    "take over {files} batch files with {orders} orders that the ledger does not know as left for the bank, so that none of them leaves again": "mengambil alih {files} berkas setoran dengan {orders} perintah bayar yang tidak dikenal buku sebagai sudah dikirim ke bank, agar tidak satu pun terkirim lagi",
    "set the read models aside and build them anew from the ledger": "menyisihkan model baca dan membangunnya lagi dari buku",
    "mark {part} as belonging to the ledger": "menandai {part} sebagai milik buku",
    "begin a new epoch, recorded in the ledger with the officer and the reason": "memulai zaman baru, yang dicatat dalam buku dengan petugas dan alasannya",
    "✓ Everything belongs together.": "✓ Semuanya satu instalasi.",
    "To do this, stop the services and run: kelambu recover --officer NAME --reason WHY": "Untuk melakukannya, hentikan layanan dan jalankan: kelambu recover --officer NAMA --reason ALASAN",
    # keys that are lost
    "without the token secret nobody can tell who is who, and every death could be paid a second time: this ledger cannot go on. If a backup or any copy of the key store is left, however old: `kelambu recover --keys COPY`. If none is: keep everything as it is, begin a new installation in another directory, and file no claim there of which an order stands in the batch files of this one: it has been paid": "tanpa rahasia token tidak dapat diketahui siapa adalah siapa, dan setiap kematian dapat dibayar dua kali: buku ini tidak dapat dilanjutkan. Jika masih ada cadangan atau salinan penyimpanan kunci, setua apa pun: `kelambu recover --keys SALINAN`. Jika tidak ada: simpan semuanya sebagaimana adanya, mulai instalasi baru di direktori lain, dan jangan ajukan di sana klaim yang perintah bayarnya ada dalam berkas setoran instalasi ini: klaim itu sudah dibayar",
    "{lost} keys that the ledger needs are in this key store no more: look for a newer copy first, `kelambu recover --keys COPY` says what it lacks. If there is none anywhere, an officer gives them up: `kelambu recover --lost-keys {lost} --officer NAME --reason WHY`": "{lost} kunci yang diperlukan buku tidak ada lagi dalam penyimpanan kunci ini: cari dahulu salinan yang lebih baru, `kelambu recover --keys SALINAN` menyebut apa yang kurang di dalamnya. Jika tidak ada di mana pun, petugas melepaskannya: `kelambu recover --lost-keys {lost} --officer NAMA --reason ALASAN`",
    "no key is lost: leave out --lost-keys": "tidak ada kunci yang hilang: jangan tulis --lost-keys",
    "let {count} lost keys count as destroyed: what they sealed is never read again": "menganggap {count} kunci yang hilang sebagai dimusnahkan: isi yang disegelnya tidak akan pernah terbaca lagi",
    "What nobody can read any more unless a newer copy of the keys is found:": "Yang tidak dapat dibaca siapa pun lagi, kecuali salinan kunci yang lebih baru ditemukan:",
    "- names and accounts of {persons} persons with {claims} claims": "- nama dan rekening {persons} orang dengan {claims} klaim",
    "- the accounts of {orders} orders of {amount} that have not left: they wait until the accounts are stated anew": "- rekening {orders} perintah bayar senilai {amount} yang belum dikirim: semuanya menunggu sampai rekeningnya disebut lagi",
    "- quarantine and own account of {agencies}": "- karantina dan rekening {agencies} sendiri",
    "- {count} documents that they must send again": "- {count} dokumen yang harus mereka kirim lagi",
    "one part is taken from a copy at a time.": "satu kali hanya satu bagian yang diambil dari salinan.",
    "Give --ledger or --keys, then the other.": "Beri --ledger atau --keys, lalu yang lain.",
    # what the bank must be asked
    "neither batch files nor read models can tell which orders left after this ledger ends, so nothing leaves: ask the bank whether it has any file after {known} (0: none at all). If it has, put each of them into DATA/batches. Then: `kelambu recover --last-at-bank {known} --officer NAME --reason WHY`, with what the bank has last of each partition": "baik berkas setoran maupun model baca tidak dapat menunjukkan perintah bayar mana yang dikirim setelah buku ini berakhir, maka tidak ada yang dikirim: tanyakan kepada bank apakah ada berkas padanya setelah {known} (0: belum ada sama sekali). Jika ada, letakkan semuanya di DATA/batches. Lalu: `kelambu recover --last-at-bank {known} --officer NAMA --reason ALASAN`, dengan berkas terakhir setiap partisi yang ada pada bank",
    "the bank has {said} as its last files, and known here are {known}: put each file that is missing here into DATA/batches, or hand the bank those that it lacks, and nothing leaves before they agree": "berkas terakhir pada bank adalah {said}, sedangkan yang dikenal di sini {known}: letakkan setiap berkas yang belum ada di sini ke DATA/batches, atau serahkan kepada bank yang belum ada padanya; tidak ada yang dikirim sebelum keduanya sama",
    "what is here can tell what the bank has: leave out --last-at-bank": "yang ada pada bank sudah diketahui di sini: jangan tulis --last-at-bank",
    "let nothing leave for the bank before an officer has said what it has": "tidak mengirim apa pun ke bank sebelum petugas menyebut apa yang ada padanya",
    "let orders leave for the bank: it has no file that is not known here": "mengirim lagi perintah bayar ke bank: tidak ada berkas padanya yang belum dikenal di sini",
    # while it runs
    "{part} is no longer of this installation ({ours}): its mark is {theirs}. Nothing is written to it; bring the right one back, or stop; `kelambu recover` says what belongs together and what can be done": "{part} bukan lagi milik instalasi ini ({ours}): tandanya {theirs}. Tidak ada yang ditulis ke sana; kembalikan yang benar, atau berhenti; "
    + _RECOVER,
    "the key store lacks the keys of {count} person(s) of whom the ledger has events: it is older than the ledger, or another. No key was made. Stop the services and bring back the newest copy of the key store": "penyimpanan kunci tidak memuat kunci {count} orang yang ada kejadiannya dalam buku: ia lebih tua daripada buku, atau yang lain. Tidak ada kunci yang dibuat. Hentikan layanan dan kembalikan salinan terbaru penyimpanan kunci",
    # help
}
