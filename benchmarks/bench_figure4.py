"""Time to a figure: Figure 4 of Lin et al. at the paper's protocol, 500 instances, one condition number, 12 rates."""

import time

import numpy as np

import dqlab as dq
from dqlab.experiments import lin


def main():
    rates = np.linspace(1, 12, 12)
    lin.figure4(10.0, rates, instances=4, progress=False)  # compile
    start = time.perf_counter()
    result = lin.figure4(10.0, rates, instances=500, progress=False)
    seconds = time.perf_counter() - start
    runs = len(result.frame)
    print(
        f"Figure 4, kappa = 10, n = 64, 500 instances, 12 rates: {seconds:.1f} s for {runs} runs (promised: under 60 s); dqlab {dq.__version__}"
    )


if __name__ == "__main__":
    main()
