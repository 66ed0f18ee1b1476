"""The presenter's face on the robot: received, decoded and shown, with a hold card where there is none."""
