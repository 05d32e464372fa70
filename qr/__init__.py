"""Codes on paper and the pages behind them; photos of codes read back."""
