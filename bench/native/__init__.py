"""What benches compile before they run: programs in C that are so quick that what they measure is the other side."""
