"""Detectors: pure functions from tracks to events. Each says what was seen, none what it means."""
