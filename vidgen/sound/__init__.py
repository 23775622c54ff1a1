"""What is heard, and motion to it."""
