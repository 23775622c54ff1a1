"""Frames to pixels to files."""
