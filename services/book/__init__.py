"""The book at another moment: what had been recorded by then, and what had happened by then."""
