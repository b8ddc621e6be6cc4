"""Metrics of services: scraped from each host, or asked of a Prometheus server, counted since a subject's baseline."""
