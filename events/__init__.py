"""The language of Kelambu: what agencies publish and what Kelambu records. No I/O lives here."""
