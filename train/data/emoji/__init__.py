"""Clips of the animated Fluent emoji: 3-D rendered, RGBA, seamless loops (Microsoft, MIT)."""
