"""What a network does to what travels on it: pure ways, profiles of real roads, and relays that carry real bytes."""
