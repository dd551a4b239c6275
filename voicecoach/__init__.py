"""Practice the close of a job interview aloud, and read what landed."""

__version__ = "0.1.0"
