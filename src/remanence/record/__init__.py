"""Experience comes in; episodes without secrets go out, each with an id that is the same whenever it comes again."""

from remanence.language.moment import read_moment
from remanence.record.identity import document_id, episode_id
from remanence.record.intake import Document, Intake, Limits, intake
from remanence.record.redact import redact, redact_json
from remanence.record.segment import segment

__all__ = [
    "Document",
    "Intake",
    "Limits",
    "document_id",
    "episode_id",
    "intake",
    "read_moment",
    "redact",
    "redact_json",
    "segment",
]
