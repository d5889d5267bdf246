"""Engines from elsewhere behind our ports: each is declared as an entry point and imported only when it is asked for."""
