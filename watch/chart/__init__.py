"""Pieces of the static maps: the frame, the land, tracks, labels and keys, all in pixels."""
