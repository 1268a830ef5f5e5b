"""Lines of Postfix' other services."""
