"""Audit tests of the whole book («controls»): what of it an auditor should look at, claim by claim and in rupiah."""
