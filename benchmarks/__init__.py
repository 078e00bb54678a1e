"""What Govern promises to reach (docs/format.md and README quote it), measured beside its peers in one run."""
