"""The cloud side: lets in, introduces, relays, counts and writes down. It drives nobody and carries no media."""
