"""What measuring consists of."""
