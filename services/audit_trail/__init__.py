"""The audit trail: what auditors and officers did with the book, in one chain of records that only grows."""
