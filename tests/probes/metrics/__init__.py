"""Tests of metrics: pages, series, counting, scraping, a Prometheus server."""
