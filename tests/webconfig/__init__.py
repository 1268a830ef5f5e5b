"""Web configurations, good and bad ones, and the keys that they are made of."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
GOOD = sorted((FOLDER / "good").iterdir())
BAD = sorted((FOLDER / "bad").iterdir())


SECTIONS = ("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit")


TOOLKIT = """
    cert key client_ca cert_file key_file client_auth_type client_ca_file client_allowed_sans
    min_version max_version cipher_suites prefer_server_cipher_suites curve_preferences
""".split()
