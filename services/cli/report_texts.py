"""Texts of the reports: another rulebook, what is due, who is covered, what agencies sent, scholarships, the demo."""

from __future__ import annotations

REPORTS: dict[str, tuple[str, str]] = {
    # another rulebook
    "whatif.judging": ("Menilai kembali setiap klaim", "Judging every claim again"),
    "whatif.judged": (
        "{claims} klaim dinilai kembali menurut aturan {rulebook}",
        "{claims} claims judged again by rulebook {rulebook}",
    ),
    "whatif.nothing": ("Tidak ada yang berubah.", "Nothing differs."),
    "whatif.more": ("Mendapat lebih", "Would get more"),
    "whatif.less": ("Mendapat kurang", "Would get less"),
    "whatif.otherwise": ("Putusan lain", "Answered otherwise"),
    "whatif.rescheduled": ("Jatuh tempo lain", "Due on another day"),
    "whatif.due": (
        "{order} jatuh tempo: {before} → {after}",
        "{order} due: {before} → {after}",
    ),
    "whatif.undecided": ("… di antaranya belum diputus", "… of them not decided yet"),
    "whatif.difference": ("Selisih", "Difference"),
    "whatif.through": ("Karena", "Through"),
    "whatif.figure": ("Angka", "Figure"),
    "whatif.values": ("Nilai", "Values"),
    "whatif.citation": ("Dasar", "Citation"),
    "whatif.alone": ("Angka ini saja", "It alone"),
    "whatif.together": (
        "Beberapa angka bersama-sama mengubah lagi {amount}.",
        "Several figures together make another {amount}.",
    ),
    "whatif.rest": (
        "… dan {count} klaim lagi (--json memuat semuanya)",
        "… and {count} more (--json has all)",
    ),
    "whatif.drafted": (
        "{count} peristiwa koreksi ditulis ke {file}; tidak ada yang dikirim.",
        "{count} correcting events written to {file}; nothing was sent.",
    ),
    "whatif.outcome-waiting": ("menunggu", "waiting"),
    "whatif.outcome-referred": ("diserahkan kepada petugas", "referred to an officer"),
    "whatif.outcome-denied": ("ditolak", "denied"),
    "whatif.outcome-due": ("dibayar", "due"),
    "whatif.outcome-withdrawn": ("ditarik", "withdrawn"),
    # every sum
    "sums.title": ("Setiap jumlah, menurut manfaat", "Every sum, by benefit"),
    "sums.hold": (
        (
            "Cocok: hak + kelebihan bayar + atas klaim yang kini belum berhak = diperintahkan + belum diperintahkan; "
            "diperintahkan = cocok dengan perintah + belum dibayar; dibayar bank = cocok dengan perintah + tidak cocok."
        ),
        (
            "They add up: entitled + overpaid + on claims not due now = ordered + not ordered; "
            "ordered = matched to orders + not paid yet; paid by the bank = matched to orders + unmatched."
        ),
    ),
    "sums.broken": ("JUMLAH-JUMLAH INI TIDAK COCOK.", "THESE SUMS DO NOT ADD UP."),
    # what is due, who is covered, what agencies sent
    "due.title": ("Perintah bayar jatuh tempo {day} atau terlambat", "Orders due on {day} or late"),
    "due.nothing": ("Tidak ada yang jatuh tempo pada {day}.", "Nothing is due on {day}."),
    "due.order": ("Perintah", "Order"),
    "due.payee": ("Penerima", "Payee"),
    "due.amount": ("Jumlah", "Amount"),
    "due.day": ("Jatuh tempo", "Due"),
    "due.held-title": (
        "Belum boleh keluar, tidak dihitung terlambat",
        "May not leave, not counted as late",
    ),
    "due.held": ("Sebab", "Why"),
    "due.held-waiting": ("menunggu kelengkapan", "something is missing"),
    "due.held-referred": ("menunggu putusan petugas", "waiting for an officer's decision"),
    "due.held-returned": ("dikembalikan bank", "returned by the bank"),
    "due.late": ("Hari terlambat", "Days late"),
    "due.compensation": ("Denda 1 % sehari", "1 % a day"),
    "coverage.month": ("Bulan", "Month"),
    "coverage.district": ("Kecamatan", "District"),
    "coverage.sector": ("Pekerjaan", "Sector"),
    "coverage.decile": ("Desil", "Decile"),
    "coverage.sponsor": ("Penanggung", "Sponsor"),
    "coverage.participants": ("Peserta", "Participants"),
    "coverage.covered": ("Iuran dibayar", "Month paid"),
    "coverage.share": ("Bagian", "Share"),
    "coverage.after-death": ("Dibayar sesudah meninggal", "Paid after death"),
    "traffic.sent": ("Dikirim", "Sent"),
    "traffic.admitted": ("Masuk buku", "In the ledger"),
    "traffic.refused": ("Ditolak", "Refused"),
    "traffic.waiting": ("Menunggu", "Waiting"),
    "traffic.outbox": ("Belum diambil", "Not taken up"),
    "traffic.last": ("Terakhir", "Last"),
    # scholarships
    "scholarship.title": (
        "Beasiswa {children} anak, per {day}",
        "Scholarships of {children} children, as of {day}",
    ),
    "scholarship.none": ("Tidak ada beasiswa.", "There is no scholarship."),
    "scholarship.child": ("Anak", "Child"),
    "scholarship.born": ("Lahir", "Born"),
    "scholarship.years": ("Tahun", "Years"),
    "scholarship.confirmed": ("Dikonfirmasi", "Confirmed"),
    "scholarship.left": ("Sisa tahun", "Years left"),
    "scholarship.future": ("Paling banyak lagi", "At most still"),
    "scholarship.missed": ("Terlewat", "Missed"),
    "scholarship.state": ("Keadaan", "State"),
    "scholarship.awaited": ("tahun berjalan ditunggu", "running year awaited"),
    "scholarship.age": ("berakhir: umur", "ended: age"),
    "scholarship.caps": ("berakhir: batas jenjang", "ended: caps of the levels"),
    "scholarship.not-studying": ("berakhir: tidak bersekolah", "ended: not studying"),
    # demo
    "demo.title": (
        "Kelambu: satu tahun klaim di Musi Banyuasin",
        "Kelambu: a year of claims in Musi Banyuasin",
    ),
    "demo.draw": ("Membuat penduduk dan tahun mereka", "Making up the people and their year"),
    "demo.start": ("Menyalakan server dan layanan", "Starting the server and the services"),
    "demo.enrol": ("Mendaftarkan peserta", "Enrolling participants"),
    "demo.settle": ("Menyelesaikan antrean", "Working off what waits"),
    "demo.year": ("Satu tahun klaim, bulan demi bulan", "A year of claims, month by month"),
    "demo.verify": ("Memeriksa seluruh buku", "Verifying the whole ledger"),
    "demo.participants": ("Peserta", "Participants"),
    "demo.decile": ("Desil {decile} (P3KE)", "Decile {decile} (P3KE)"),
    "demo.all": ("Seluruhnya", "All"),
    "demo.claims": ("Klaim", "Claims"),
    "demo.waits": ("Apa yang ditunggu", "What waits, and why"),
    "demo.denials": ("Mengapa ditolak", "Why claims were denied"),
    "demo.refused": ("Pesan yang ditolak", "Messages refused"),
    "demo.none": ("tidak ada", "none"),
    "demo.messages": (
        "{sent} pesan dikirim {agencies} instansi: {admitted} masuk, {repeated} ulangan, {refused} ditolak.",
        "{agencies} agencies sent {sent} messages: {admitted} admitted, {repeated} repeats, {refused} refused.",
    ),
    "demo.orphans": (
        "Pesan tentang klaim yang belum diajukan, masih menunggu: {events}.",
        "Messages about a claim that nobody has filed, still waiting: {events}.",
    ),
    "demo.clean": (
        "Diperiksa: {events} kejadian dalam buku, tanpa celah; setiap hitungan diulang dengan hasil yang sama.",
        "Verified: {events} events in the ledger, no gap; every calculation repeated with the same result.",
    ),
    "demo.unclean": ("PEMERIKSAAN MENEMUKAN PERBEDAAN: {first}", "VERIFICATION FOUND A DIFFERENCE: {first}"),
    "demo.time": ("Waktu yang dipakai: {seconds} detik.", "Time used: {seconds} seconds."),
    "demo.further": ("Lihat lebih jauh", "To look further"),
    "demo.kept": (
        "Semua layanan tetap berjalan. Tekan Ctrl-C untuk berhenti.",
        "All services keep running. Press Ctrl-C to stop.",
    ),
    "demo.mismatches": (
        "Laporan bank yang saat datang tidak sama dengan perintah bayarnya (sebagian, dua kali, kembali): {count}.",
        "Reports of the bank that were not as ordered when they came (in part, twice, returned): {count}.",
    ),
}
