"""Phản ánh, kiến nghị: codes, targets, safe files, what staff do with one, what is published.

The chat that takes feedback in is `handlers.feedback`, the desk `console.feedback` (domain 4.6).
"""
