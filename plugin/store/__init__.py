"""What Counterfoil remembers: sites, connections, the ledger, runs and counterfoils, in SQLite or PostgreSQL."""
