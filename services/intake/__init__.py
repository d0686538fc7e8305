"""Intake: from what an agency sends to an event in the inbox of its person's partition, once."""
