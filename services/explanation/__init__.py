"""Why a claim comes to what it comes to, and what would have to be otherwise.

From its facts, by the rules' own engine.
"""
