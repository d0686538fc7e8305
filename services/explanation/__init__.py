"""Why a claim comes to what it comes to, and what would have to be otherwise: from its facts, by the rules' own engine."""
