"""Peers that run in environments of their own: how they are installed, driven and asked."""
