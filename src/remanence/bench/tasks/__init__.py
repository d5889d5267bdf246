"""One task a file; the file's name is the task's name. `locomo.py` is the one to read before writing another."""
