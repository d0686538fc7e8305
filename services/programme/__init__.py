"""The regency's programme as it was published, held against what the rulebook gives."""
