"""Measures the product beside its peers and beside what is possible; ``make bench`` runs it."""
