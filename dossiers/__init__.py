"""What a dossier is: its code, its states, its deadlines, and how other systems tell us of it."""
