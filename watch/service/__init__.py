"""Unattended work: what is due is done, sources are asked and listened to, and it says how it stands."""
