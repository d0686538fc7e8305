"""What any part may use, and which knows nothing of claims: settings, clock, files, signs of life."""
