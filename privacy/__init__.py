"""Rights of data subjects: requests with their legal clocks, export, erasing (Law 91/2025, domain 4.5).

The chat's part is `handlers.withdraw` and `handlers.privacy`, the desk `console.privacy`.
"""
