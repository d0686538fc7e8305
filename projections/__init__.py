"""Read models: one module per question an auditor asks, each rebuilt from the ledger at will."""
