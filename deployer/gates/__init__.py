"""Is it well? Verdicts from looks at a host. Pure: values in, verdicts out."""
