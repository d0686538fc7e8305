"""What an operator looks at and does: how far everything is, what was refused, who is parked.

Each act with who and why.
"""
