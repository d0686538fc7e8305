"""Personal data out of sight: a key per person, kept outside the ledger, and keyed tokens for equality."""
