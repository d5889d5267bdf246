"""What can happen to a slot: stories by kind, each a few steps that are told in sessions in this order. Data.

A step that ends in digits is about those of the slot's objects; `near` is a sentence that only resembles the others.
"""

from __future__ import annotations

from collections.abc import Mapping

Stories = Mapping[str, tuple[str, ...]]

DIGITS = "0123456789"

UNTOUCHED_SHARE = 0.25
"""Of the slots, besides those that a story leaves alone by its nature."""

WEIGHTS = {"update": 2, "dated": 3, "since": 3, "past": 2, "expiry": 2}
"""How often a kind is told where its share alone would leave it rare; others once."""

OF_ONESELF: Stories = {
    "untouched": ("tell", "tell repeat", "tell near", "tell near repeat near"),
    "update": ("tell update", "tell near update", "tell plain", "tell update update", "tell update repeat", "tell update near"),
    "return": ("tell update back",),
    "dated": ("tell dated", "tell near dated"),
    "since": ("since", "tell later_since"),
    "past": ("tell was", "tell past", "since was", "was"),
    "correction": ("tell correct", "tell update correct", "tell correct repeat"),
    "retraction": ("tell retract", "tell retract tell", "tell near retract"),
    "denial": ("tell deny", "tell update deny", "tell deny tell", "tell deny near"),
    "expiry": ("until", "tell update_until", "until_later"),
    "hearsay": ("tell web", "tell other", "tell web repeat"),
}
OF_ANOTHER: Stories = {
    "untouched": ("tell", "tell near"),
    "update": ("tell update", "tell plain", "tell update_by_other"),
    "contradiction": ("tell contest", "tell near contest"),
    "settled": ("tell contest settle",),
    "hearsay": ("tell web", "web tell"),
}
FIXED: Stories = {"untouched": ("tell", "tell near"), "correction": ("tell correct",), "hearsay": ("tell web", "tell other")}
FIXED_OF_ANOTHER: Stories = {"untouched": ("tell",), "contradiction": ("tell contest",), "hearsay": ("tell web",)}
STAYING: Stories = {"expiry": ("until", "span", "until_later")}
MANY: Stories = {
    "untouched": ("tell0", "tell0 tell1", "tell0 near tell1", "tell0 tell1 tell0"),
    "denial": ("tell0 deny0", "tell0 tell1 deny0", "tell0 tell1 deny1 near"),
    "retraction": ("tell0 retract0", "tell0 tell1 retract1"),
    "correction": ("tell0 correct01", "tell2 tell0 correct01"),
    "since": ("since0", "tell1 since0"),
    "return": ("tell0 deny0 tell0",),
}
MANY_OF_ANOTHER: Stories = {"untouched": ("tell0", "tell0 tell1")}
ATTITUDE: Stories = {
    "untouched": ("like0 like1", "like0 near", "dislike0", "like0 dislike1 near"),
    "flip": ("like0 to_dislike0", "like0 like1 to_dislike0", "dislike0 to_like0", "like0 to_dislike0 to_like0"),
    "denial": ("like0 fade0", "like0 like1 fade0"),
    "retraction": ("like0 retract0", "like0 like1 retract1"),
}

SENTENCES: Mapping[str, tuple[str, str]] = {
    "plain": ("tell", "tell3"), "back": ("update", "update3"), "later_since": ("since", ""), "was": ("range", ""),
    "until_later": ("until", ""), "other": ("tell3", ""), "contest": ("", "tell3"), "settle": ("", "tell"), "web": ("web", "web"),
    "near": ("near", "near"), "tell": ("tell", "tell3"), "update": ("update", "update3"), "update_by_other": ("", "update3"),
}  # fmt: skip
"""The list of sentences that a step draws from, when one speaks of oneself and of another; else that of its own name."""


def sentences_of(step: str, of_oneself: bool) -> str:
    """The list that `step` draws from; empty where nobody tells it so."""
    name = step.rstrip(DIGITS)
    return SENTENCES.get(name, (name, ""))[0 if of_oneself else 1]


def tellable(stories: Stories, events: Mapping[str, object], of_oneself: bool) -> Stories:
    """The stories for all of whose steps there are sentences."""
    kept = {
        kind: tuple(told for told in held if all(sentences_of(step, of_oneself) in events for step in told.split()))
        for kind, held in stories.items()
    }
    return {kind: held for kind, held in kept.items() if held}
