"""Death: JKM (PP 82/2019 Pasal 34) and JKK (PP 82/2019 Pasal 25), with funeral money and the periodic sum."""

from __future__ import annotations

from events.assessment import Line
from services.benefits.award import plain, rupiah, whole
from services.benefits.case import Case


def jkm_death(case: Case, *, limited: bool) -> list[Line]:
    """Death benefit, periodic sum and funeral money; ``limited`` to funeral money in the first three months."""
    law = case.law
    if limited:
        return case.funeral("jkm.funeral")
    death, periodic = law["jkm.death"], law["jkm.periodic"]
    return [
        *case.to_heirs("jkm.death", death.whole, rupiah(death.whole), death),
        *case.to_heirs("jkm.periodic", periodic.whole, rupiah(periodic.whole), periodic),
        *case.funeral("jkm.funeral"),
    ]


def jkk_death(case: Case) -> list[Line]:
    """60 % of 80 monthly bases, not below the floor, with the periodic sum and funeral money."""
    law = case.law
    percent, floor = law["jkk.death-percent"], law["jkk.death-floor"]
    computed = whole(case.multiple(percent.decimal))
    formula = f"{plain(percent.decimal)}% × {law['jkk.multiple'].whole} × {rupiah(case.base)}"
    if computed < floor.whole:
        formula = f"max({formula}; {rupiah(floor.whole)})"
    amount = max(computed, floor.whole)
    return [
        *case.to_heirs("jkk.death", amount, formula, percent, (case.base_ref,)),
        *periodic(case),
        *case.funeral("jkk.funeral"),
    ]


def periodic(case: Case) -> list[Line]:
    """Return the periodic sum (santunan berkala), once for a death or a total disability."""
    figure = case.law["jkk.periodic"]
    if case.claim.is_death:
        return case.in_person("jkk.periodic", figure.whole, rupiah(figure.whole), figure, ())
    items = [
        ref for item, ref in case.claim.items.values() if item.__struct_config__.tag == "total-disability"
    ]
    return case.in_person("jkk.periodic", figure.whole, rupiah(figure.whole), figure, items)
