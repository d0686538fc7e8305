"""Kabupaten Musi Banyuasin: its districts, and the agencies that report about its people."""

from __future__ import annotations

from msgspec import Struct

from events.personal import Account


class Region(Struct, frozen=True):
    """A district (kecamatan): code of the Ministry of Home Affairs, share of the people in per mille."""

    code: str
    name: str
    weight: int
    nik_code: str
    hospital: str

    @property
    def office(self) -> str:
        """Agency name of the district's office, which reports for its villages."""
        return f"kecamatan-{self.name.lower().replace(' ', '-')}"


_SEKAYU, _BAYUNG, _LILIN = "rsud-sekayu", "rsud-bayung-lencir", "rsud-sungai-lilin"

REGIONS = (
    Region("16.06.01", "Sekayu", 128, "160601", _SEKAYU),
    Region("16.06.02", "Lais", 86, "160602", _SEKAYU),
    Region("16.06.03", "Sungai Keruh", 43, "160603", _SEKAYU),
    Region("16.06.04", "Batang Hari Leko", 37, "160604", _SEKAYU),
    Region("16.06.05", "Sanga Desa", 49, "160605", _SEKAYU),
    Region("16.06.06", "Babat Toman", 54, "160606", _SEKAYU),
    Region("16.06.07", "Sungai Lilin", 94, "160607", _LILIN),
    Region("16.06.08", "Keluang", 50, "160608", _LILIN),
    Region("16.06.09", "Bayung Lencir", 132, "160609", _BAYUNG),
    Region("16.06.10", "Plakat Tinggi", 38, "160610", _SEKAYU),
    Region("16.06.11", "Lalan", 67, "160611", _BAYUNG),
    Region("16.06.12", "Tungkal Jaya", 78, "160612", _BAYUNG),
    Region("16.06.13", "Lawang Wetan", 43, "160613", _SEKAYU),
    Region("16.06.14", "Babat Supat", 59, "160614", _LILIN),
    Region("16.06.15", "Jirak Jaya", 42, "160603", _SEKAYU),
)
"""The 15 districts; weights are rough shares of the population. Jirak Jaya was split from Sungai Keruh
(16.06.03), whose code its people still carry in their NIK."""


class Partner(Struct, frozen=True):
    """An agency of the simulation: what it may send, which findings it may state, the account of a provider, and whether it signs."""

    name: str
    types: tuple[str, ...]
    findings: tuple[str, ...] = ()
    account: Account | None = None
    signs: bool = False


_CARE = ("claim.verified", "event.retracted")


def _hospital(name: str, number: str, title: str) -> Partner:
    account = Account("Bank Sumsel Babel", number, f"{title} (rekening BLUD)")
    return Partner(name, _CARE, ("cause", "death", "medical"), account, signs=True)


PARTNERS: tuple[Partner, ...] = (
    Partner(
        "dinas-sosial",
        (
            "participant.enrolled",
            "participant.income-declared",
            "participant.contributions-paid",
            "participant.ended",
            "event.retracted",
            "claim.filed",
            "claim.amended",
            "claim.documents-received",
            "claim.objected",
            "claim.withdrawn",
        ),
    ),
    Partner("disdukcapil", _CARE, ("death", "heirs")),
    Partner("dinkes", _CARE, ("cause", "medical")),
    _hospital(_SEKAYU, "1500900011", "RSUD Sekayu"),
    _hospital(_BAYUNG, "1500900022", "RSUD Bayung Lencir"),
    _hospital(_LILIN, "1500900033", "RSUD Sungai Lilin"),
    *(Partner(region.office, _CARE, ("burial", "participant_account")) for region in REGIONS),
    Partner("dinas-pendidikan", ("claim.schooling-confirmed", "event.retracted")),
    Partner("bpjs-ketenagakerjaan", ("claim.reviewed", "event.retracted")),
    Partner("bank-sumsel", ("claim.paid", "claim.payment-returned", "event.retracted"), signs=True),
)
"""Every agency that the simulation knows, with the types it may send (without prefix and version)."""
