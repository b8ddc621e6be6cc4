"""Who wants to know: the console, the report's summary, GitHub. Each hears cleaned events and the story so far."""
