"""The robot's side: the agent (link, media, routes) and the motion process, which is the safety kernel."""
