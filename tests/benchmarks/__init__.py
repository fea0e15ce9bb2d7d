"""Figures, printed by hand: `python -m tests.benchmarks.images`. Not collected as tests."""
