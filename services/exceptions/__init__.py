"""What does not stand as it should, in one list and in rupiah; and who kept whom waiting."""
