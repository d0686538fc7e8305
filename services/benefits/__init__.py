"""The rules: what is due to whom, as a pure function of a person's facts and the rulebook."""
