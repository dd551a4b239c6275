"""Samples -> words with times."""

DEFAULT_MODEL = "tiny.en"
"""The smallest that follows an answer well; a package carries its weights."""
