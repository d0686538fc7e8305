"""A second calculation of every figure that Kelambu prints, from the lines that ``kelambu export ledger`` writes and nothing else.

It shares no code with the product. What is due is taken from the recorded assessments; everything that is a sum, a
count, a status, a date or a comparison is worked out here anew from the events, by the words of the contract and the
glossary.
"""
