"""Vietnamese as people type it: without accents, in raw Telex or VNI, short forms, dialect."""
