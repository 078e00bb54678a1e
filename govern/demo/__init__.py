"""The sample bank: its people, its story, and what happens to a copy that somebody tampers with."""
