"""Backups: a store as one file that any database takes back, and the check of a store."""
