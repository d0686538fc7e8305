"""The commands, each in a file of its name or of its family's."""
