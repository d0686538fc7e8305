"""The year that ``kelambu demo`` plays: its days, its waiting, its count and its summary."""
