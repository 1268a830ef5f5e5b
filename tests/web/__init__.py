"""The web folder without a process: configuration, TLS, users, connections."""
