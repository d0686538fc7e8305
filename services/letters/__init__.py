"""What a letter says in one signed line, so that a forged one can be told from it on paper."""
