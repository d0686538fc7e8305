"""Whether everything is consistent, who said what, and copies that prove it; which command asks which question: docs/auditors.md."""
