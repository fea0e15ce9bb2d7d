"""The API of evaluation."""
