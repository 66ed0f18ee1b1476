"""The proofs: seeded campaigns against the core and its shells, with a referee that knows the design. Not shipped."""
