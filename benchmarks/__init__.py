"""Measurements, each `python -m benchmarks.NAME`; BENCHMARKS.md keeps the figures."""
