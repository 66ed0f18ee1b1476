"""A model of lease, fence and STOP, checked exhaustively with Spin."""
