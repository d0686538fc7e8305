"""Samples of an auditor: how many items, which ones, and what their errors say about all. Pure."""
