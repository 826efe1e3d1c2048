"""The papers' experiments at the papers' protocols, built on ``dqlab.lab``; one package a paper."""

from . import lin, mayekar, reisizadeh, xu

__all__ = ["lin", "mayekar", "reisizadeh", "xu"]
