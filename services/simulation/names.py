"""Made-up people: Indonesian names, NIKs that belong to nobody, bank accounts."""

from __future__ import annotations

import datetime as dt
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MEN = _words(
    "Ahmad Agus Andi Anton Arif Asep Bambang Budi Dedi Deni Eko Edi Fajar Fauzi Ferry Hadi Hairul Hendra "
    "Herman Iskandar Ismail Iwan Joko Junaidi Kadir Kurniawan Lukman Mahmud Marwan Mulyadi Nasir Nurdin "
    "Rahmat Ridwan Rizal Rudi Rusdi Saiful Salim Samsul Sugeng Suhardi Sukardi Supriadi Suryadi Syahrul "
    "Taufik Toni Usman Wahyu Yanto Yusuf Zainal Zulkifli"
)
WOMEN = _words(
    "Aisyah Aminah Ani Asih Astuti Cici Dahlia Devi Dewi Diana Eka Elly Endang Ernawati Fatimah Fitri "
    "Hartati Hasna Heni Ida Indah Jamilah Juwita Kartini Kurnia Lestari Lina Maimunah Marlina Maryam "
    "Melati Mega Nani Nurhayati Nuraini Nurjanah Puji Ratna Rina Rohana Rosmawati Rukmini Sari Siti Sri "
    "Sulastri Sumiati Suryani Tuti Wati Wulandari Yanti Yuliana Zahara Zubaidah"
)
LAST = _words(
    "Hidayat Saputra Pratama Setiawan Wijaya Nugroho Kusuma Ramadhan Effendi Harahap Lubis Siregar Anwar "
    "Basri Bakri Chandra Darmawan Firdaus Gunawan Hakim Hamzah Hasan Husin Idris Irawan Jaya Karim Latif "
    "Maulana Muslim Mustofa Oktavian Permana Purnama Rasyid Rohim Santoso Sholeh Sofyan Sulaiman Susanto "
    "Syarif Tarmizi Umar Wahid Yunus Yusmar Zakaria Zen Zulfikar"
)

BANKS = ("Bank Sumsel Babel", "BRI", "BNI", "Bank Mandiri", "BSI")

_FIRST_SERIAL = 9000
"""Serials count up from 0001 for one district and birth date, so none of a real person comes near 9000."""


def name(rng: Random, sex: str, family: str = "") -> str:
    """Draw a name; children carry their father's or mother's last name as ``family``."""
    first = rng.choice(WOMEN if sex == "female" else MEN)
    return f"{first} {family or rng.choice(LAST)}"


class NikOffice:
    """Gives NIKs out, each once: well-formed, and outside of what is given to real people."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def issue(self, region: str, birth: dt.date, sex: str) -> str:
        """Return a NIK of six digits region, DDMMYY (women: day + 40) and a serial."""
        day = birth.day + (40 if sex == "female" else 0)
        stem = f"{region}{day:02}{birth.month:02}{birth.year % 100:02}"
        serial = self._given.get(stem, _FIRST_SERIAL)
        self._given[stem] = serial + 1
        return f"{stem}{serial:04}"


def account(rng: Random, holder: str) -> dict[str, object]:
    """Draw a bank account in the name of ``holder``."""
    number = f"{rng.randrange(10, 99)}{rng.randrange(10_000_000, 99_999_999)}"
    return {"bank": rng.choice(BANKS), "number": number, "holder": holder}
