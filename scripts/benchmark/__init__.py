"""Measures how fast Counterfoil moves documents, beside a bare loop of `requests` that makes the same calls."""
