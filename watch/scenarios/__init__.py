"""Made ships: a small YAML of ships and what they do becomes tracks that look like AIS."""
