"""What was asked: the plan as values, from YAML text to hosts per wave. Pure: I/O is what the caller hands in."""
