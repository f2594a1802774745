"""Measurements. ``make bench`` runs them; ``docs/benchmarks.md`` tells what came out.

Data from outside is named by a path on the command line and never needed by a test.
"""
