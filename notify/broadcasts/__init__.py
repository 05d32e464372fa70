"""Announcements: who hears what by which way, who agreed, and how they go out."""
