"""Figures that can be asked for again: a sum with its query, its cut and its rulebook, under a short handle."""
