"""The Django project that serves netviz."""
