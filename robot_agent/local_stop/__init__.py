"""STOP on the robot itself: the page that the agent serves in the hall, and the key on its terminal.

Neither needs the bridge or the internet. From the page, a stop may also be sterner than a ramp, and only from there can
that be taken back. Nothing else can be done from here: no reset, no lease, no motion.
"""
