"""The index: search against size, durability under ``kill -9``, full disks and write errors."""
