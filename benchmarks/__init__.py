"""Measurements of simcheck, kept with the code: run from the root of the repository, results are committed."""
