"""What an iteration costs in seconds: links, computing speeds, deadlines."""

from .link import Link

__all__ = ["Link"]
