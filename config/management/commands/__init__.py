"""Commands of an installation."""
