"""The products: each module says which records it moves, by which keys, into which fields; the how is in `sync`,
`jira` and the adapters."""
