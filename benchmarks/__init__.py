"""Measurements of the evaluator on made-up clusters."""
