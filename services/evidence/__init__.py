"""What an outsider is handed to check a claim, a receipt or the whole log without Kelambu."""
