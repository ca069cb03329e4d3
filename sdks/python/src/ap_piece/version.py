"""The version of this SDK, equal to its pyproject.toml's (a test compares them)."""

VERSION = "0.1.0"
