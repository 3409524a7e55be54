"""The documents say what is true: their links resolve, their commands exist and work."""
