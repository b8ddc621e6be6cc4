"""Tests of the host program and of its Python side."""
