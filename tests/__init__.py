"""Tests, and the fleet of real systemd hosts that tests, demo and benches share."""
