"""Shipwatch: finds out what ships did from their AIS tracks, and matches it against rules an analyst can write."""

__version__ = "0.1.0"
