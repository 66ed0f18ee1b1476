"""One module per robot behind `teleop_core.ports.RobotDriver`; the registry finds them; none imports another."""
