"""What an auditor does with the book, step by step: the same steps from the command line and from a browser."""
