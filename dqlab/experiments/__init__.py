"""The papers' experiments at the papers' protocols, built on ``dqlab.lab``; one package a paper."""

from . import lin

__all__ = ["lin"]
