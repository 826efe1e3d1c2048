"""The bounds of Xu et al. (QCMD and QRDA adagrad) as functions, as printed and as corrected.

Bounds broadcast over arrays; what has no meaning raises ValueError.
"""
