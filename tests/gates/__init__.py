"""Tests of deployer/gates."""
