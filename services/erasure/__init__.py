"""Erasing a person: what is still open, the act, the key and every copy of it; and before, all that is held of them."""
