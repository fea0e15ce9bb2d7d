"""The demonstration: a small real collection, made through the same verbs as every other."""
