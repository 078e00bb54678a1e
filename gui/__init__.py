"""The desktop app: widgets over view models over the desk; it reads nothing of storage and decides nothing."""
