"""Which installation the parts belong to: compared before work begins, so that only what belongs together works."""
