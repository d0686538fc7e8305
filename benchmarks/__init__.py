"""How fast and how large: ``uv run python -m benchmarks`` measures every figure on servers of its own."""
