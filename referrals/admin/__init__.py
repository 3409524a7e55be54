"""The desk's own rooms: the sign-in, the gate, and the directory of practices and people."""
