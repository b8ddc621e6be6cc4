"""Benches: real deploys to real hosts, measured against other tools and under traffic."""
