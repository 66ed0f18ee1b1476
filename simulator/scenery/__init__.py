"""What the simulated camera sees, painted once when it is opened: floor, backdrop, hall, audience, people."""
