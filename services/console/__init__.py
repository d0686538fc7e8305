"""The console: the whole book in a browser, for auditors, supervisors, officers and operators.

Pages compute nothing.
"""
