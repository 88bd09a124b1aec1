"""What the pre-publish hooks need: what is staged or pushed, Git LFS pointers, manifests, ages."""
