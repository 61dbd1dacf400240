"""The guided story that the demo tells."""
