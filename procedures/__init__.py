"""The catalogue of administrative procedures: import and search."""
