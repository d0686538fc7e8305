"""A claim or a person as commands and pages show them: how they are at a moment, and how somebody finds them."""
