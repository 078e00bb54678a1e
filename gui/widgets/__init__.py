"""Parts of screens that know nothing of models or ledgers."""
