"""Scenarios: Markdown that a lawyer reads and writes, run against the rules."""
