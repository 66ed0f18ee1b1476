"""The `stagebridge` command: starts the parts, hands out invites, runs the demo and says what is wrong."""
