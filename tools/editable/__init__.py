"""The package's name in the wheel, for the command ``emp`` of a checkout."""
