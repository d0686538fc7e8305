"""Every text of an explanation, once, in Bahasa Indonesia and in English."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str]] = {
    # the parts of an explanation, in their order
    "why.facts": ("Yang dilaporkan", "What was reported"),
    "why.cover": ("Kepesertaan pada {date}", "Membership on {date}"),
    "why.law": ("Aturan yang berlaku pada {date}", "Law in force on {date}"),
    "why.law-nearest": (
        "Pada {date} tidak ada aturan yang berlaku bagi program ini; dihitung menurut",
        "No law was in force for this programme on {date}; calculated by",
    ),
    "why.basis": ("Putusan ini bertumpu pada", "What this result rests on"),
    "why.base": ("Dasar penghasilan", "Income base"),
    "why.award": ("Manfaat", "Benefits"),
    "why.money": ("Uang", "Money"),
    "why.obstacles": ("Yang menghalangi", "What stands in the way"),
    "why.remedy": ("Perubahan terkecil agar dapat dibayar", "The least change that would make it payable"),
    "why.remedy-full": (
        "Perubahan terkecil agar dibayar penuh",
        "The least change that would make it pay in full",
    ),
    # facts
    "fact.line": ("{day}  {agency}: {what} [{ref}]", "{day}  {agency}: {what} [{ref}]"),
    "fact.enrolled": ("{programmes} sejak {date}", "{programmes} from {date}"),
    "fact.declared": (
        "{amount} sebulan sejak {month}",
        "{amount} a month from {month}",
    ),
    "fact.paid-months": ("{first} s.d. {last}, dibayar {paid}", "{first} to {last}, paid on {paid}"),
    "fact.paid-month": ("{first}, dibayar {paid}", "{first}, paid on {paid}"),
    "fact.paid-one-by-one": (
        "{first} s.d. {last}, {count} kali dilaporkan",
        "{first} to {last}, in {count} reports",
    ),
    "fact.until": ("{first} s.d. {last}", "{first} to {last}"),
    "fact.schooling": ("{child}: {level} {year}/{next}", "{child}: {level} {year}/{next}"),
    "fact.not-studying": (
        "{child}: tidak bersekolah {year}/{next}",
        "{child}: not studying in {year}/{next}",
    ),
    "fact.struck": ("dicabut", "taken back"),
    "item.days": ("{first} s.d. {last}", "{first} to {last}"),
    "item.loss": ("kehilangan fungsi {percent}%", "loss of function {percent}%"),
    "item.units": ("{count} satuan", "{count} units"),
    "relation.spouse": ("suami/istri", "spouse"),
    "relation.child": ("anak", "child"),
    "relation.parent": ("orang tua", "parent"),
    "relation.grandchild": ("cucu", "grandchild"),
    "relation.grandparent": ("kakek/nenek", "grandparent"),
    "relation.sibling": ("saudara kandung", "sibling"),
    "relation.parent-in-law": ("mertua", "parent-in-law"),
    "relation.other": ("lainnya", "somebody else"),
    "relation.testament": ("penerima wasiat", "named in a testament"),
    # membership
    "cover.period": ("{programmes} sejak {starts}", "{programmes} from {starts}"),
    "cover.ended": ("berakhir {ended}", "ended on {ended}"),
    "cover.paid-in-time": (
        "iuran {month} dibayar {paid}: aktif",
        "contribution for {month} paid on {paid}: active",
    ),
    "cover.paid-otherwise": ("iuran {month} dibayar {paid}", "contribution for {month} paid on {paid}"),
    "cover.unpaid": (
        "iuran {month} belum dibayar; terakhir dibayar: {last}",
        "contribution for {month} not paid; last month paid: {last}",
    ),
    "cover.never": (
        "iuran {month} belum dibayar; belum pernah ada iuran",
        "contribution for {month} not paid; none ever was",
    ),
    "cover.months": (
        "{paid} bulan iuran dihitung sejak {start}",
        "{paid} paid months counted from {start}",
    ),
    "cover.months-waiting": (
        "{paid} bulan iuran dihitung sejak {start} (manfaat penuh mulai {waiting} bulan, beasiswa mulai {scholarship} bulan)",
        "{paid} paid months counted from {start} (in full from {waiting} months on, scholarship from {scholarship} months on)",
    ),
    "cover.months-full": (
        "{paid} bulan iuran dihitung sejak {start} (manfaat penuh mulai {waiting} bulan)",
        "{paid} paid months counted from {start} (in full from {waiting} months on)",
    ),
    "cover.months-old": (
        "{paid} bulan iuran dihitung sejak {start} (beasiswa mulai {scholarship} bulan)",
        "{paid} paid months counted from {start} (scholarship from {scholarship} months on)",
    ),
    "cover.none": (
        "Belum ada pendaftaran peserta.",
        "No enrolment of the participant has come.",
    ),
    # law and base
    "law.regulation": ("{name}: {title}", "{name}: {title}"),
    "law.none": (
        "Tidak ada; dipakai aturan terdekat.",
        "None; the nearest law is used.",
    ),
    "base.open": (
        "w = {base} untuk {month}: penghasilan {income}, kelompok mulai {least}",
        "w = {base} for {month}: income {income}, bracket from {least}",
    ),
    "base.between": (
        "w = {base} untuk {month}: penghasilan {income}, kelompok {least} sampai di bawah {most}",
        "w = {base} for {month}: income {income}, bracket from {least} to below {most}",
    ),
    # an award
    "award.none": ("Belum ada manfaat yang dihitung.", "No benefit is calculated yet."),
    "award.nothing": ("Tidak ada yang harus dibayar.", "Nothing is due."),
    "award.total": ("Jumlah {amount}", "Total {amount}"),
    "award.benefit": ("{name}: {formula} = {amount}", "{name}: {formula} = {amount}"),
    "award.exact": ("{name}: {amount}", "{name}: {amount}"),
    "award.shared": ("{name}: {amount}", "{name}: {amount}"),
    "award.unpaid-other-child": (
        "Beasiswa {year}: tidak dibayar, bukan salah satu anak yang berhak",
        "Scholarship {year}: nothing is due, not one of the children who have it",
    ),
    "award.unpaid-unnamed": (
        "Beasiswa {year}: tidak dibayar, anak ini tidak disebut dalam pengajuan",
        "Scholarship {year}: nothing is due, the filing does not name this child",
    ),
    "award.unpaid-age": (
        "Beasiswa {year}: tidak dibayar, batas usia tercapai pada awal tahun ajaran",
        "Scholarship {year}: nothing is due, the age limit is reached when the school year begins",
    ),
    "award.unpaid-other-claim": (
        "Beasiswa {year}: tidak dibayar, tahun ini sudah dibayar dalam klaim lain",
        "Scholarship {year}: nothing is due, this year is paid in another claim",
    ),
    "award.unpaid-years": (
        "Beasiswa {year}: tidak dibayar, semua tahun untuk jenjang ini sudah terpakai",
        "Scholarship {year}: nothing is due, all years of this level are used",
    ),
    "award.row": ("{says}{place}: {percent}%", "{says}{place}: {percent}%"),
    "award.row-absorbed": (
        "{row}, tidak dihitung: yang lain pada anggota badan ini sama atau lebih tinggi",
        "{row}, not counted: what else is stated of this limb comes to as much or more",
    ),
    "place.right": ("kanan", "right"),
    "place.left": ("kiri", "left"),
    "place.swapped": ("kidal", "left-handed"),
    "place.middle": ("jari tengah", "middle"),
    "place.ring": ("jari manis", "ring"),
    "place.little": ("kelingking", "little"),
    "place.third": ("ketiga", "third"),
    "place.fourth": ("keempat", "fourth"),
    "place.fifth": ("kelima", "fifth"),
    "award.part": ("{payee}: {formula} = {amount}", "{payee}: {formula} = {amount}"),
    "award.part-exact": ("{payee}: {amount}", "{payee}: {amount}"),
    "award.law": ("{citation} ({confidence}): «{says}»", "{citation} ({confidence}): “{says}”"),
    "award.law-bare": ("{citation} ({confidence})", "{citation} ({confidence})"),
    "award.reading": ("dibaca: {reading}", "read as: {reading}"),
    "award.unverified": (
        "diperiksa hanya sampai {until}: periksa apakah masih berlaku",
        "checked only until {until}: look whether it still holds",
    ),
    "award.inputs": ("dari {refs}", "from {refs}"),
    "confidence.F": ("ditemukan", "found"),
    "confidence.M": ("dari ingatan", "from memory"),
    "confidence.C": ("sumber berbeda", "sources differ"),
    "confidence.D": ("keputusan rancangan", "design decision"),
    "kind.land": ("darat", "land"),
    "kind.sea": ("laut", "sea"),
    "kind.air": ("udara", "air"),
    "kind.denture": ("gigi tiruan", "denture"),
    "kind.hearing-aid": ("alat bantu dengar", "hearing aid"),
    "kind.glasses": ("kacamata", "glasses"),
    "kind.orthosis": ("orthosis", "orthosis"),
    "kind.prosthesis": ("prothesis", "prosthesis"),
    # what the result rests on
    "basis.facts": ("{count} fakta: {refs}", "{count} facts: {refs}"),
    "basis.orders": ("perintah bayar yang ditanya: {orders}", "payment orders asked about: {orders}"),
    "basis.lifted": (
        "disisihkan oleh keputusan petugas: {reasons}",
        "lifted by a person's decision: {reasons}",
    ),
    "basis.asked": ("klaim terdahulu {claim}: {answer}", "earlier claim {claim}: {answer}"),
    "basis.school": (
        "klaim terdahulu {claim} juga membuka beasiswa: {children} anak, {years} tahun ajaran dibayar di sana",
        "earlier claim {claim} opens the scholarship too: {children} children, {years} school years paid there",
    ),
    # money
    "pay.line": (
        "{order} {amount} kepada {payee}, paling lambat {due}: {state}",
        "{order} {amount} to {payee}, due {due}: {state}",
    ),
    "pay.counted": ("{due}, dihitung sejak {date} ({ref})", "{due}, counted from {date} ({ref})"),
    "pay.weekends-only": (
        "{due} (hanya akhir pekan; daftar hari libur tahun itu belum ada)",
        "{due} (weekends only; the holidays of that year are not listed)",
    ),
    "pay.ordered": ("diperintahkan", "ordered"),
    "pay.released": ("dikirim ke bank", "sent to the bank"),
    "pay.paid": ("dibayar", "paid"),
    "pay.returned": ("dikembalikan bank", "returned by the bank"),
    "pay.cancelled": ("dibatalkan", "cancelled"),
    "pay.replaced": ("diganti perintah baru", "replaced by a new order"),
    "pay.paid-before": (
        "Terhitung sudah diperintahkan: {amount} kepada {payee}, dibayar dalam {claim}",
        "Counts as ordered: {amount} to {payee}, paid in {claim}",
    ),
    # what stands in the way, with its numbers
    "why-not.missing": ("{what} belum ada", "{what} is missing"),
    "why-not.in-arrears": (
        "menunggak {gap} bulan (iuran {month} belum dibayar; terakhir: {last}); sampai {most} bulan petugas memutuskan",
        "in arrears by {gap} months ({month} not paid; last paid: {last}); up to {most} months an officer decides",
    ),
    "why-not.coverage-lapsed": (
        "menunggak {gap} bulan (iuran {month} belum dibayar; terakhir: {last}), lebih dari {most}: kepesertaan berakhir",
        "in arrears by {gap} months ({month} not paid; last paid: {last}), more than {most}: cover had lapsed",
    ),
    "why-not.paid-after-event": (
        "iuran {month} dibayar {paid_on}, {days} hari setelah kejadian",
        "the contribution for {month} was paid on {paid_on}, {days} days after the event",
    ),
    "why-not.not-yet-covered": (
        "perlindungan mulai {starts_on}, {before} hari setelah kejadian",
        "cover began on {starts_on}, {before} days after the event",
    ),
    "why-not.coverage-ended": (
        "perlindungan berakhir {ended_on}, {after} hari sebelum kejadian",
        "cover ended on {ended_on}, {after} days before the event",
    ),
    "why-not.not-insured": (
        "peserta terdaftar hanya pada {programmes}",
        "the participant is enrolled in {programmes} only",
    ),
    "why-not.three-month-boundary": (
        "{paid} dari {needed} bulan iuran; manfaat penuh menurut kalender mulai {full_from} ({early} hari setelah kejadian)",
        "{paid} of {needed} months paid; in full by the calendar from {full_from} ({early} days after the event)",
    ),
    "why-not.three-month-boundary-reached": (
        "{paid} dari {needed} bulan iuran, meskipun menurut kalender manfaat penuh sudah mulai {full_from}",
        "{paid} of {needed} months paid, though by the calendar it would be in full from {full_from}",
    ),
    "why-not.limited": (
        "hanya {only}: {paid} dari {needed} bulan iuran, dan manfaat penuh baru mulai {full_from} ({early} hari setelah kejadian)",
        "{only} only: {paid} of {needed} months paid, and in full only from {full_from} ({early} days after the event)",
    ),
    "why-not.claim-lapsed": (
        "diajukan {filed}, {days} hari setelah batas {years} tahun ({last})",
        "filed on {filed}, {days} days after the limit of {years} years ({last})",
    ),
    "why-not.filed-late": (
        "diajukan {filed}, {days} hari setelah {years} tahun ({last})",
        "filed on {filed}, {days} days after {years} years ({last})",
    ),
    "why-not.income-raised": (
        "dasar penghasilan naik dari {from} ke {to} mulai {month}, {days} hari sebelum kejadian",
        "the income base rose from {from} to {to} from {month} on, {days} days before the event",
    ),
    "why-not.already-claimed": (
        "kematian ini sudah diklaim sebagai {other}",
        "this death has been claimed as {other}",
    ),
    "why-not.same-accident": (
        "kecelakaan ini sudah diklaim sebagai {others}",
        "this accident has been claimed as {others}",
    ),
    "why-not.paid-before": (
        "{amount} sudah dibayar dalam {others}, yang tidak berlaku lagi; bila disetujui, terhitung sudah diperintahkan",
        "{amount} was paid before in {others}, which no longer stands; if approved, it counts as ordered",
    ),
    "why-not.item-repeated": (
        "tagihan yang sama di bawah beberapa nama: {about}",
        "the same bill under several names: {about}",
    ),
    "why-not.child-unclear": (
        "belum jelas apakah {about} anak lain daripada yang bernama sama dalam {others}: tanggal lahirnya berbeda",
        "whether {about} is another child than the one so named in {others} is not clear: the birth dates differ",
    ),
    "why-not.child-unclear-ordered": (
        "perintah bayar untuk {about} masih berlaku, tetapi anak itu tidak lagi di antara anak yang berhak",
        "an order for {about} stands, but the child is no longer among those who have the scholarship",
    ),
    "why-not.heirs-changed": (
        "perintah bayar dibuat untuk {before}, sekarang yang berhak {payees}; bila disetujui, tiap orang menerima selisihnya",
        "what was ordered is for {before}, now {payees} are to be paid; if approved, each by difference",
    ),
    "why-not.payee-is-deceased": (
        "{payees} atau walinya mempunyai NIK peserta yang meninggal",
        "{payees} or the guardian has the NIK of the participant who died",
    ),
    "why-not.return-unclear": (
        "untuk {orders} berlaku beberapa pembayaran, dan bank tidak menyebut mana yang kembali; bila disetujui, semuanya kembali",
        "several payments stand for {orders}, and the bank does not say which came back; if approved, all of them did",
    ),
    "why-not.payment-returned": (
        "bank mengembalikan {amount} dari perintah {order}; dibayar lagi bila rekening diganti atau petugas menyetujui (payment-returned)",
        "the bank returned {amount} of order {order}; paid again once the account changes or an officer approves (payment-returned)",
    ),
    "why-not.withdrawn": ("klaim ditarik kembali oleh pemohon", "the claimant withdrew the claim"),
    # the least change
    "remedy.open": ("Dapat dibayar bila:", "Payable once:"),
    "remedy.hindsight": (
        "Hanya dapat dibayar seandainya pada waktunya:",
        "It would be payable only if, at the time:",
    ),
    "remedy.full-open": ("Dibayar juga bila:", "Paid too once:"),
    "remedy.full": ("Dibayar penuh seandainya pada waktunya:", "It would pay in full if, at the time:"),
    "remedy.otherwise": (
        "Tanpa putusan petugas, hanya seandainya pada waktunya:",
        "Without an officer's decision, only if at the time:",
    ),
    "remedy.otherwise-open": ("Tanpa putusan petugas, bila:", "Without an officer's decision, once:"),
    "remedy.amount": ("maka dibayar {amount}", "then {amount} is due"),
    "remedy.unknown": ("jumlahnya bergantung pada isinya", "the amount depends on what it says"),
    "remedy.none": (
        "Tidak ada perubahan yang dapat membuat klaim ini dibayar: {why}.",
        "Nothing could make this claim payable: {why}.",
    ),
    "change.documents": ("diterima {what}", "{what} received"),
    "change.enrolment": (
        "peserta didaftarkan, berlaku paling lambat {starts_on}",
        "the participant is enrolled from {starts_on} at the latest",
    ),
    "change.enrolment-and-month": (
        "peserta didaftarkan, berlaku paling lambat {starts_on}, dengan iuran {month}",
        "the participant is enrolled from {starts_on} at the latest, with the contribution for {month}",
    ),
    "change.cause": ("ditetapkan bahwa kejadian akibat kerja", "it is found that work caused it"),
    "change.cause-not-work": (
        "ditetapkan bahwa kejadian bukan akibat kerja",
        "it is found that work did not cause it",
    ),
    "change.cause-corrected": (
        "penetapan sebab diubah: akibat kerja",
        "the finding of the cause is changed: caused by work",
    ),
    "change.death": ("ditetapkan tanggal meninggal", "the day of death is found"),
    "change.heirs": ("ditetapkan ahli waris", "the heirs are found"),
    "change.burial": ("ditetapkan penyelenggara pemakaman", "it is found who arranged the burial"),
    "change.medical": ("ada keterangan medis", "a medical finding comes"),
    "change.participant_account": ("rekening peserta diketahui", "the participant's account is known"),
    "change.reference_price": ("harga acuan {items} diketahui", "the reference price of {items} is known"),
    "change.approval": (
        "petugas {office} menyetujui dengan alasan {reasons}",
        "an officer of {office} approves, naming {reasons}",
    ),
    "change.another-review": ("petugas mengubah putusannya", "an officer decides otherwise"),
    "change.taken-up-again": (
        "penarikan klaim dicabut ({events})",
        "the withdrawal is taken back ({events})",
    ),
    "change.first-claim-withdrawn": (
        "klaim pertama {other} ditarik atau ditolak",
        "the first claim {other} is withdrawn or denied",
    ),
    "change.filed-in-time": (
        "diajukan paling lambat {last}, {days} hari lebih awal",
        "it had been filed by {last}, {days} days earlier",
    ),
    "change.children-amended": (
        "{agency} melengkapi pengajuan dengan anak {children} (claim.amended)",
        "{agency} amends its filing by the child {children} (claim.amended)",
    ),
    "change.birth-date-amended": (
        "{agency} membetulkan tanggal lahir anak {children} (claim.amended): anak yang sama dengan dalam {others}",
        "{agency} amends the birth date of the child {children} (claim.amended): the same child as in {others}",
    ),
    "change.payment-named": (
        "bank menyebut pembayaran mana dari {orders} yang kembali (pengembalian itu dicabut dan dikirim lagi dengan `payment`)",
        "the bank names which payment of {orders} came back (that return taken back, and sent again with `payment`)",
    ),
    "change.heirs-as-ordered": (
        "daftar ahli waris dinyatakan lagi seperti ketika perintah bayar dibuat: {payees}",
        "the list of heirs is stated again as it was when payment was ordered: {payees}",
    ),
    "change.heirs-without": (
        "daftar ahli waris dinyatakan lagi tanpa peserta yang meninggal ({payees})",
        "the list of heirs is stated again without the participant who died ({payees})",
    ),
    "change.payee-corrected": (
        "NIK {payees} atau walinya dibetulkan: bukan NIK peserta",
        "the NIK of {payees} or of the guardian is corrected: it is not the participant's",
    ),
    "change.month-paid": (
        "iuran {month} dibayar paling lambat {by} (bila sudah dibayar, cukup dilaporkan)",
        "the contribution for {month} had been paid by {by} (if it was, reporting it is enough)",
    ),
    "change.paid-earlier": (
        "iuran {month} dibayar paling lambat {by}, {days} hari lebih awal",
        "the contribution for {month} had been paid by {by}, {days} days earlier",
    ),
    "change.months-paid": (
        "iuran {months} juga dibayar ({count} bulan)",
        "the contributions for {months} had been paid too ({count} months)",
    ),
    "change.started-earlier": (
        "perlindungan mulai paling lambat {starts_on}, {days} hari lebih awal",
        "cover had begun by {starts_on}, {days} days earlier",
    ),
    "change.ended-later": (
        "perlindungan berlaku sampai {ended_on}, {days} hari lebih lama",
        "cover had lasted until {ended_on}, {days} days longer",
    ),
    "change.in-programme": (
        "peserta juga terdaftar pada {programme}",
        "the participant had been enrolled in {programme} too",
    ),
    # whether it is what was recorded
    "why.rulebook": ("Aturan {rulebook}", "Rulebook {rulebook}"),
    "why.not-as-recorded": (
        "Perhatian: aturan yang tersedia menghasilkan putusan lain daripada yang tercatat.",
        "Note: the rulebook at hand gives another award than was recorded.",
    ),
}
