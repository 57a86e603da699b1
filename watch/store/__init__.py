"""The relational database: what was seen, what was raised, and how far the work has come."""
