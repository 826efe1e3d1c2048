"""The experiments of Xu et al., "Quantized Adaptive Subgradient Algorithms and Their Applications"."""
