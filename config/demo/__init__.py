"""The demo: synthetic practices, three stories told over HTTP, and how they are shown."""
