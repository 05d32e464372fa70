"""What staff change without an engineer: settings, texts, filing guides; in force within seconds."""
