"""Asking services, here on loopback."""
