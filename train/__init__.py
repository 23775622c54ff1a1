"""The training module: data, critics, objectives and the loop that made the bundled weights."""
