"""What a user can cause and must be told: a message says what is wrong, where, what to do."""

from __future__ import annotations


class ExporterError(Exception):
    """The exporter cannot start or go on: exit code 1."""

    exit_code = 1


class ConfigurationError(ExporterError):
    """A flag or the configuration file is wrong: exit code 2."""

    exit_code = 2
