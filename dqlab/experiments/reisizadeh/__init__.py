"""The experiments of Reisizadeh et al. (QuanTimed-DSGD) at the paper's protocol, and sweeps around it."""

__all__ = []
