"""The safety kernel: a process of its own that owns authority, freshness, STOP, the governor and the driver."""
