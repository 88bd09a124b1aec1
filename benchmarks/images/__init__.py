"""Quality of the image gate: edits of references, ordinary and hard negatives, peers, and the table made of them."""
