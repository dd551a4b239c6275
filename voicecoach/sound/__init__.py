"""Air <-> samples."""
