"""What outlives the process: the journal of a rollout, and whose the report's files are."""
