"""Peers' own programs; they run in ``.venv-peers`` and know nothing of the product."""
