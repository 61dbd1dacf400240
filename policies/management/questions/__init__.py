"""One module per question that a command answers; none of them needs Django."""
