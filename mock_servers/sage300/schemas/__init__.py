"""The properties of every resource, by module (contract sage300, section 4)."""
