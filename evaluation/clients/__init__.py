"""Who answers a request: a chat API over HTTP, or a baseline without one."""
