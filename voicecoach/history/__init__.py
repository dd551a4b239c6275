"""What was practiced, kept on the person's own disk: looked at, compared, shared, removed."""
