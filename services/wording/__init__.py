"""What codes, figures and facts are called and how they are said, in either language.

Lines and documents, no output.
"""
