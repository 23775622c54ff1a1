"""Clips from files: videos, animations, frame folders and strips, decoded once."""
