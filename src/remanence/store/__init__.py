"""Where memory is kept: the one file (`sqlite`) and its double for tests (`inmemory`), both proven by `StoreContract`."""
