"""The bounds of the supplement of Reisizadeh et al. (QuanTimed-DSGD) as functions, with explicit constants."""

__all__ = []
