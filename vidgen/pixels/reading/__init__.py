"""Files to pixels: videos, animations and pictures, told by what is in them."""
