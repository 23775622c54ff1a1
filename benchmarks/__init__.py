"""What the project's speed is made of, measured in one run: `python -m benchmarks`."""
