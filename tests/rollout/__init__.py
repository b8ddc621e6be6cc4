"""Tests of deployer/rollout."""
