"""A show rehearsed in lock-step: the real rules, the simulated stage and played people, faster than they are."""
