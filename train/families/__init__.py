"""The families of generators as they are trained: one file each, one line each in FAMILIES."""
