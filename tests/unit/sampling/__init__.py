"""Samples against published tables, exact identities and a public draw."""
