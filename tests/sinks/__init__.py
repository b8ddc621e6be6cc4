"""What a person, a program and GitHub are told of a rollout."""
