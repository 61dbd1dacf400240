"""A second evaluator, slow and obvious, that the engine is compared with."""
