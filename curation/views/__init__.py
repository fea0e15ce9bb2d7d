"""Pages. A view fetches what the person may see, calls one verb and answers."""
