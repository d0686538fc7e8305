"""The notary: one log over everything that was recorded, its signed checkpoints, and who witnesses them."""
