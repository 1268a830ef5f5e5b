"""Hostile input: what must hold for any bytes, and who makes the bytes up."""
