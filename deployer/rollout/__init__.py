"""What to do next: the state of a rollout, how events change it, and what follows from it. Pure."""
