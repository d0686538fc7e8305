"""Recovery: the parts of an installation put together anew, where one is older, lost or damaged."""
