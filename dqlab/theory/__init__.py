"""Every bound as a function, by paper; nothing here runs an algorithm, and nothing here imports the rest of dqlab."""

from . import lin, mayekar, reisizadeh, xu

__all__ = ["lin", "mayekar", "reisizadeh", "xu"]
