"""The pages: one module for each, or for a family, with its ``routes``."""
