"""Adjudication: what a person's history makes due, decided event by event and committed once."""
