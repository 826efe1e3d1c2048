from ._generic import generic, jit
