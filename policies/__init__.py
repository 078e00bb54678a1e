"""Packs of rules and the catalogue of what they cite: data, read by `govern.library`."""
