"""Stops that are wired to the robot's own computer: a contact each, normally closed, read in the motion process."""
