"""Words -> facts with evidence."""
