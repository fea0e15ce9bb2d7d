"""What people fill in. Limits only: what makes a problem good is said by `domain.rules`."""
