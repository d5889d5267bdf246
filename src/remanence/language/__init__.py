"""Pure functions of text that several rooms need: its terms and the times it speaks of. English and Chinese."""
