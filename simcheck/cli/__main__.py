"""``python -m simcheck.cli``: the command line where the ``simcheck`` script is not on the PATH (git hooks)."""

from simcheck.cli.main import run

run()
