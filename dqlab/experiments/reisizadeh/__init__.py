"""The experiments of Reisizadeh et al. (QuanTimed-DSGD) at the paper's protocol, and sweeps around it."""

from .gossip import GossipTrials, noisy_gossip

__all__ = ["GossipTrials", "noisy_gossip"]
