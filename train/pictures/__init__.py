"""Pictures of a run and of a model: sample sheets and the timelapse."""
