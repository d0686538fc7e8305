"""Every sentence for a person, once, in Bahasa Indonesia and in English: ``*.toml``, read by ``catalogue``."""
