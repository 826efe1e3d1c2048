"""A first contestant: three letters a coordinate, drawn so that the mean is right."""

import dqlab as dq
import numpy as np


class MyQuantizer:
    # True: the mean of decode(encode(x)) is x, which is tested. False: error feedback.
    unbiased = True

    def __init__(self, dim, bound):
        self.dim, self.bound = dim, bound
        # Every message has so many bits. Leave this out if yours vary.
        self.nbits = dq.bits.radix_bits(dim, 3)

    def encode(self, x, rng):
        # A coordinate becomes plus or minus bound with chance |x_i| / bound, else 0.
        kept = rng.random(self.dim) < np.abs(x) / self.bound
        letters = np.where(kept, np.where(x < 0, 2, 1), 0)
        return dq.bits.pack_radix(letters, 3)  # a dqlab.bits.Message

    def decode(self, message):
        letters = dq.bits.unpack_radix(message, self.dim, 3)
        return self.bound * np.array([0.0, 1.0, -1.0])[letters]
