"""Whether everything is consistent, who said what, and copies that prove it.

Which command asks which question: docs/auditors.md.
"""
