"""Where the book, its blobs and its keys are kept: a database, a lock file, a key store; rows never leave this package."""
