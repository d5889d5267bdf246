"""What a third party needs to prove a back-end of its own: contract suites, a clock that stands still, a disk that fails."""
