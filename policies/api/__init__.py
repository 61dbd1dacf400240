"""The REST API: JSON in, JSON or problem documents out."""
