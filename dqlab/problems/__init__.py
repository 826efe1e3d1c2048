"""Objectives with their L, mu and minimiser, and the papers' hard instances."""

from .chain import NesterovChain, nesterov_chain
from .classification import Hinge, LogisticOracle
from .convolutional import ConvNet
from .convolutional_jax import JaxConvNet
from .decentralised import node_gradients, node_values, sample_gradient, sample_gradients
from .decentralised_logistic import DecentralisedLogistic
from .decentralised_quadratics import DecentralisedQuadratics
from .decentralised_robust import DecentralisedRobust
from .flat_stretch import FlatStretch
from .hard_oracles import BernoulliOracle, PaninskiOracle, bernoulli_oracle, paninski_oracle
from .heavy_tailed import Gain, HeavyTailed, RareOracle, rare_oracle
from .instances import random_spectrum, worst_case_quadratic
from .least_squares import LeastSquares, SparseLeastSquares
from .logistic import Logistic
from .lp_ball import LpBall, conjugate, project
from .mean import MeanOfProblems, split_least_squares, worker_least_squares
from .oracles import AbsoluteRegression, query
from .penalty import Penalty
from .perceptron import Perceptron
from .perceptron_jax import JaxPerceptron
from .verbs import gradient, value

__all__ = [
    "AbsoluteRegression",
    "BernoulliOracle",
    "ConvNet",
    "DecentralisedLogistic",
    "DecentralisedQuadratics",
    "DecentralisedRobust",
    "FlatStretch",
    "Gain",
    "HeavyTailed",
    "Hinge",
    "JaxConvNet",
    "JaxPerceptron",
    "LeastSquares",
    "Logistic",
    "LogisticOracle",
    "LpBall",
    "MeanOfProblems",
    "NesterovChain",
    "PaninskiOracle",
    "Perceptron",
    "Penalty",
    "RareOracle",
    "SparseLeastSquares",
    "bernoulli_oracle",
    "conjugate",
    "gradient",
    "nesterov_chain",
    "node_gradients",
    "node_values",
    "paninski_oracle",
    "project",
    "query",
    "random_spectrum",
    "rare_oracle",
    "sample_gradient",
    "sample_gradients",
    "split_least_squares",
    "value",
    "worker_least_squares",
    "worst_case_quadratic",
]
