"""The wire: every message, how it becomes bytes, and what is refused."""
