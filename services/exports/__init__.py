"""Read models as tables for auditors: written as files, or asked in SQL."""
