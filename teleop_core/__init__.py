"""The rules of the game, without I/O: no loop, socket, clock, thread, randomness or log."""
