"""Requests of our own against a host while it is activated: what clients would have seen, by release."""
