"""What several commands show: tables, money and dates, timeline, explanation, receipts."""
