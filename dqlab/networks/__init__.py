"""Who talks to whom: graphs, mixing matrices, spectral gaps."""

__all__ = []
