"""How remanence is measured: one command shape, one JSON shape, ours beside its peers in the same run (`run.bench`)."""
