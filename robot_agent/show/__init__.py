"""The show on its robot: cues and their effects, speech of the robot's own, and what an audience meets in between."""
