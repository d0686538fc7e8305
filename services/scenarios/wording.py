"""What the words of a scenario stand for: papers, heirs, parts of the body, benefits, reasons; Indonesian and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from services.benefits.reading.folder import load
from services.texts.catalogue import texts


class UnknownWordError(Exception):
    """A word that stands for nothing; ``nearest`` are known words like it."""

    def __init__(self, word: str, nearest: Iterable[str]) -> None:
        """Keep the word and what may have been meant."""
        self.word, self.nearest = word, tuple(nearest)
        super().__init__(f"{word}: {', '.join(self.nearest)}")


class Vocabulary:
    """Names and the code that each stands for. A code is also its own name."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take name to code; upper and lower case are the same."""
        self.codes = {name.casefold(): code for name, code in names.items()}
        self.codes |= {code.casefold(): code for code in names.values()}
        longest = sorted(self.codes, key=len, reverse=True)
        self._one = re.compile("|".join(re.escape(name) for name in longest))

    def code(self, text: str) -> str:
        """Return what ``text`` stands for; raises ``UnknownWordError``."""
        word = text.strip().casefold()
        if word not in self.codes:
            raise UnknownWordError(text.strip(), get_close_matches(word, self.codes, 3, 0.4))
        return self.codes[word]

    def several(self, text: str) -> tuple[str, ...]:
        """Return the codes of a list, its members parted by commas and ``dan``; raises ``UnknownWordError``."""
        rest, found = text.strip().casefold(), []
        while rest:
            match = self._one.match(rest)
            after = rest[match.end() :] if match else ""
            if match is None or not (parting := _PARTING.match(after)):
                raise UnknownWordError(rest, get_close_matches(rest, self.codes, 3, 0.4))
            found.append(self.codes[match.group()])
            rest = after[parting.end() :]
        return tuple(found)

    def names(self) -> dict[str, list[str]]:
        """Return each code with its other names."""
        listed: dict[str, list[str]] = {}
        for name, code in self.codes.items():
            listed.setdefault(code, [])
            if name != code.casefold():
                listed[code].append(name)
        return listed


_PARTING = re.compile(r"\s*(?:$|,\s*(?:dan\s+|and\s+)?|;\s*|\s(?:dan|and)\s+)")


def _family(name: str) -> dict[str, str]:
    """Return the names under which commands print the codes of a family."""
    prefix = f"{name}."
    named = {key: text for key, text in {**texts(), **SCHEME.names}.items() if key.startswith(prefix)}
    return {name: key[len(prefix) :] for key, text in named.items() for name in (text.id, text.en)}


SCHEME = load().scheme
"""The scheme whose cases people write: the one that ships."""


PAPERS = Vocabulary(
    {
        name: code.removeprefix("document:")
        for name, code in _family("missing").items()
        if code.startswith("document:")
    }
    | {"formulir 3b": "form-3b", "kronologi": "chronology", "death certificate": "death-certificate"}
    | {"surat ahli waris": "heirs-letter", "heirs' letter": "heirs-letter"}
)
ALL_PAPERS = tuple(
    dict.fromkeys(paper for one in SCHEME.programme for paper in (*one.documents, *one.documents_on_death))
)
MISSING = Vocabulary(
    _family("missing")
    | {name: f"document:{code}" for name, code in PAPERS.codes.items()}
    | {"keterangan meninggal": "finding:death", "rekening": "finding:participant_account"}
)
REASONS = Vocabulary(_family("reason"))
REFUSALS = Vocabulary(
    {
        "tanggal di masa depan": "future-date",
        "isi tidak sah": "invalid",
        "nomor peristiwa sudah dipakai": "id-conflict",
        "nomor klaim sudah dipakai": "claim-exists",
    }
)
PROGRAMMES = Vocabulary({code: code for code in SCHEME.by_code})
CAUSES = Vocabulary(
    {
        "kematian": "other",
        "a death": "other",
        "kecelakaan kerja": "work-accident",
        "a work accident": "work-accident",
        "penyakit akibat kerja": "occupational-disease",
        "an occupational disease": "occupational-disease",
    }
)
RELATIONS = Vocabulary(
    {
        "istri": "spouse",
        "suami": "spouse",
        "janda": "spouse",
        "duda": "spouse",
        "anak": "child",
        "ayah": "parent",
        "ibu": "parent",
        "orang tua": "parent",
        "cucu": "grandchild",
        "kakek": "grandparent",
        "nenek": "grandparent",
        "saudara kandung": "sibling",
        "saudara": "sibling",
        "mertua": "parent-in-law",
        "penerima wasiat": "testament",
        "wasiat": "testament",
    }
)
MODES = Vocabulary({"darat": "land", "sungai": "land", "laut": "sea", "udara": "air"})
DEVICES = Vocabulary(
    {
        "ortosis": "orthosis",
        "orthese": "orthosis",
        "protesis": "prosthesis",
        "prothese": "prosthesis",
        "gigi tiruan": "denture",
        "alat bantu dengar": "hearing-aid",
        "kacamata": "glasses",
    }
)
OUTCOMES = Vocabulary(
    {"masih dirawat": "treating", "sembuh": "recovered", "cacat": "disabled", "meninggal": "died"}
)
LEVELS = Vocabulary(
    {"TK": "TK", "SD": "SD", "SMP": "SMP", "SMA": "SMA", "SMK": "SMA", "perguruan tinggi": "PT", "PT": "PT"}
)
BENEFITS = Vocabulary(
    {
        "santunan kematian": "death",
        "death benefit": "death",
        "santunan berkala": "periodic",
        "periodic benefit": "periodic",
        "biaya pemakaman": "funeral",
        "funeral money": "funeral",
        "pengobatan": "jkk.treatment",
        "pengangkutan": "jkk.transport",
        "STMB": "jkk.incapacity",
        "santunan cacat": "jkk.disability",
        "santunan cacat total": "jkk.total-disability",
        "alat bantu": "jkk.device",
        "perawatan di rumah": "jkk.homecare",
        "beasiswa": "scholarship",
    }
    | {
        f"{programme}.{part}": f"{programme}.{part}"
        for programme in ("jkm", "jkk")
        for part in ("death", "periodic", "funeral")
    }
)
"""Death, periodic sum and funeral money without a programme are those of the claim's programme."""
PARTS = Vocabulary(
    {
        "lengan dari sendi bahu": "arm-shoulder",
        "lengan dari atas siku": "arm-elbow",
        "tangan dari atas pergelangan": "hand-wrist",
        "ibu jari tangan": "thumb",
        "telunjuk tangan": "index-finger",
        "jari tangan": "other-finger",
        "ruas pertama telunjuk": "index-first-phalanx",
        "ruas pertama jari tangan": "other-first-phalanx",
        "kaki dari pangkal paha": "leg-hip",
        "kaki dari mata kaki": "foot-ankle",
        "ibu jari kaki": "big-toe",
        "telunjuk kaki": "second-toe",
        "jari kaki": "other-toe",
        "mata": "eye",
        "pendengaran telinga": "hearing-one",
        "daun telinga": "auricle",
        "kaki memendek kurang dari 5 cm": "leg-shortening-under-5cm",
        "kaki memendek 5 sampai kurang dari 7,5 cm": "leg-shortening-5-to-7.5cm",
        "kaki memendek 7,5 cm atau lebih": "leg-shortening-from-7.5cm",
        "kedua kaki dari pangkal paha": "both-legs-hip",
        "kedua kaki dari mata kaki": "both-feet-ankle",
        "kedua mata": "both-eyes",
        "pendengaran kedua telinga": "hearing-both",
        "kedua daun telinga": "both-auricles",
        "terkelupasnya kulit kepala": "scalp",
        "impotensi": "impotence",
        "hilangnya cuping hidung": "nose-lobe",
        "perforasi sekat rongga hidung": "nasal-septum",
        "kehilangan daya penciuman": "smell",
        "kehilangan penglihatan warna": "colour-vision",
        "kehilangan kemampuan kerja mental tetap": "mental-capacity",
        "kehilangan kemampuan kerja fisik 51–70 persen": "work-capacity-51-70",
        "kehilangan kemampuan kerja fisik 26–50 persen": "work-capacity-26-50",
        "kehilangan kemampuan kerja fisik 10–25 persen": "work-capacity-10-25",
        "penurunan daya dengar kedua telinga per 10 desibel": "hearing-loss-both-10db",
        "penurunan daya dengar sebelah telinga per 10 desibel": "hearing-loss-one-10db",
        "kehilangan fungsi penglihatan per 10 persen": "vision-10-percent",
        "kehilangan lapang pandang per 10 persen": "visual-field-10-percent",
    }
)
HANDS = Vocabulary({"kidal": "left", "left-handed": "left", "right-handed": "right"})
SIDES = {"kanan": "right", "kiri": "left", "right": "right", "left": "left"}
WHICH = {
    "tengah": "middle",
    "manis": "ring",
    "kelingking": "little",
    "ketiga": "third",
    "keempat": "fourth",
    "kelima": "fifth",
}
