"""Copies of a whole installation that can be carried away, and an installation made of one."""
