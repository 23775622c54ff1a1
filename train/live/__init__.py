"""Small trainings to watch: points in a plane, and tiny clips."""
