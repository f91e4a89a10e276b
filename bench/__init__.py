"""Speed of samlib against other ways to run SAM, and agreement with optax; `python -m bench`, or `make bench`."""
