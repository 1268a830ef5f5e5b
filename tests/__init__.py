"""The requirements, as tests."""
