"""The stream of the `updates` bench: banks of sentences, worlds generated from them, what ought to be believed, who is asked."""
