"""What a release promises, and how one is made."""
