"""The API of curation, and what both apps' APIs are made of."""
