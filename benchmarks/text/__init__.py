"""Text: what is found, how exactly, and what cries wolf. ``python -m benchmarks.text``; DATA is cut in two halves."""
