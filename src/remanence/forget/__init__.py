"""Erase episodes for good, with proof: what was removed, what is found before and after, what the bytes still hold."""

from remanence.forget.flow import all_meeting, forget, holding_all, named

__all__ = ["all_meeting", "forget", "holding_all", "named"]
