"""Benches: `python -m bench.NAME [--quick] --json` measures the real processes, in figures, goals and context."""
