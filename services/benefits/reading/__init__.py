"""Reading of rulebooks: files as text, strict, and whatever is not understood is refused with file and line."""
