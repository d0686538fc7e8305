"""Who is it? API keys and signatures of agencies, and the proof of origin that a signature leaves behind."""
