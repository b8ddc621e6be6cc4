"""What people and CI systems meet first: the action, the image, the GitLab template, the examples, the workflows."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
