"""A family that is new: what `vidgen/models/NAME.py` and `train/families/NAME.py` would hold."""
