"""Settings, addresses and processes of an installation; knows both apps, neither knows it."""
