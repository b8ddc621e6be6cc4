"""Artifacts: what is read, what is refused, and that the same files give the same bytes."""
