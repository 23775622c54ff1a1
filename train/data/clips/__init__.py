"""Folders of clips: what lies in them, decoded once and cached."""
