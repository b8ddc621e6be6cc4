"""Tests of the plan: text in, values or problems out; no file, no program, no host."""
