"""The simulated stage: stands where the robot's hardware would, behind the same driver and camera interfaces.

Nothing is imported here: `simulator.driver` lives in the 50 Hz motion process and must stay light.
"""
