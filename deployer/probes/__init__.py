"""Where evidence comes from: asking a service and reading what it answers."""
