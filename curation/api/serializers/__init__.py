"""What the API takes and gives, as fields."""
