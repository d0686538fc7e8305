"""How the whole programme stands.

Who is covered against whom it means to insure, claims, money, time, and what is still to be paid.
"""
