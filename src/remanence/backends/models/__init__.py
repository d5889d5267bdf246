"""Language models that answer an `Ask`: behind an endpoint, or from a script."""
