"""Deliveries: digests made into messages, kept in an outbox, and sent from there with the same bytes every time."""
