"""Charts: a plain description, its layout in numbers, and a painter; nobody else's chart library."""
