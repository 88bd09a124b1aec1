"""From bytes to numbers: what a file is (`sniff`), how far decoding may go (`limits`), and the guarded child process
that does it (`worker`, `child`). The package itself imports nothing: the child must start fast and carry little."""
