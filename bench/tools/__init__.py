"""The tools that are measured, each doing the same deploy in its own way."""
