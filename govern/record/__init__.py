"""What the book says, and who may add to it, pure."""
