"""The file of one claim: what was recorded and by which rules, complete enough to be calculated again anywhere."""
