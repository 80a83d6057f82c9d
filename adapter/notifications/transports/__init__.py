"""How a message leaves: one module per kind of destination."""
