"""What each screen shows and what can be done there, in plain Python: no Qt, no I/O."""
