"""The Zalo edge: events in, messages out, tokens, and the one table of what an error means."""
