"""Whether everything is consistent, and who said what.

Which command asks which question: docs/auditors.md.
"""
