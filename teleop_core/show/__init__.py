"""A show: its file, what speaks against it, how it runs cue by cue, and what is seen while the link is away."""
