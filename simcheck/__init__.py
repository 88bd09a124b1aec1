"""simcheck: stop a copy before it is published."""
