"""Facts -> advice."""
