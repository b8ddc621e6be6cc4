"""One host as a thing one can act on: each act one execution of the host program, its end a plain event."""
