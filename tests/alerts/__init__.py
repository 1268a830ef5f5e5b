"""What must fire, and what must stay silent."""
