"""Data: a folder of clips or the procedural shapes, as batches of a few frames a clip."""
