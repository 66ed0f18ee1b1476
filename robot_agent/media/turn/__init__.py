"""Which STUN and TURN servers a connection uses: one of each that has just answered.

aiortc asks only the first of each kind, for five seconds when it is dead, and knows no IPv6 literals; so the robot
tries them itself, all of them, before it builds a connection.
"""
