"""The faces: words from a shell, later from HTTP and MCP, come in; the operations do the work."""
