"""The families of benefits: each a small rule that a scheme fills with its own figures."""
