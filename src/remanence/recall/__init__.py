"""From a question to hits: candidates by several arms, fused by a calibrated ranker, each hit with its why."""
