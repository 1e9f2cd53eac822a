"""Fits and scores with scikit-learn, and SSAD with cvxopt, on one thread, as a server over standard input and output.

A request and its answer are one line of JSON each; the folder holds training.f32, semi-targets.i8 and test.f32:
    {"folder": "/tmp/x", "features": 36, "method": "oc-svm", "gamma": 0.5}
        ->  {"fitSeconds": 8.8, "scoreSeconds": 7.6, "scores": [0.1, …]}
The first line written is {"name": "scikit-learn 1.2.1"}, once the server is ready. It ends with its input.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import json
import sys
import time

import cvxopt
import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.svm import OneClassSVM

NU = 0.1
KAPPA = 1.0
BANDWIDTHS = np.logspace(0.5, 5, num=10, base=2)


class Ssad:
    """
    Convex SSAD (Görnitz et al. 2013), every C = 1: its dual given to cvxopt's quadratic solver with a dense kernel matrix, and the
    constraints as a sparse matrix, as in the authors' code, or as a dense one.
    """

    def __init__(self, gamma, constraints):
        self.gamma = gamma
        self.constraints = constraints

    def fit(self, samples, semi_targets):
        n = len(samples)
        y = np.where(semi_targets < 0, -1.0, 1.0)
        labeled = cvxopt.matrix((semi_targets != 0).astype(float), (1, n))
        P = cvxopt.matrix(np.outer(y, y) * rbf_kernel(samples, gamma=self.gamma).astype(float))
        identity = cvxopt.spdiag([1.0] * n)
        G = cvxopt.sparse([identity, -identity, -labeled])
        if self.constraints == "dense":
            G = cvxopt.matrix(G)
        h = cvxopt.matrix([1.0] * n + [0.0] * n + [-KAPPA])
        q, A, b = cvxopt.matrix(0.0, (n, 1)), cvxopt.matrix(y, (1, n)), cvxopt.matrix(1.0)
        solution = cvxopt.solvers.qp(P, q, G, h, A, b, options={"show_progress": False})
        self.coefficients = np.array(solution["x"]).ravel() * y
        self.samples = samples

    def score(self, samples):
        """Up to the offset, which changes no order."""
        return -rbf_kernel(samples, self.samples, gamma=self.gamma) @ self.coefficients


class Unsupervised:
    """A scikit-learn model, on all but the labeled anomalies."""

    def __init__(self, model):
        self.model = model

    def fit(self, samples, semi_targets):
        self.model.fit(samples[semi_targets >= 0])

    def score(self, samples):
        # Each has score_samples, the greater the more normal; the best model of a grid search lends its own.
        model = getattr(self.model, "best_estimator_", self.model)
        return -model.score_samples(samples)


def create(method, gamma, constraints):
    if method == "ssad":
        return Ssad(gamma, constraints)
    if method == "oc-svm":
        return Unsupervised(OneClassSVM(gamma=gamma, nu=NU))
    if method == "kde":
        return Unsupervised(GridSearchCV(KernelDensity(), {"bandwidth": BANDWIDTHS}, cv=5))
    if method == "isolation-forest":
        return Unsupervised(IsolationForest(n_estimators=100, max_samples=256, random_state=0))
    raise ValueError(f"no method is named {method}")


def answer(folder, features, method, gamma=None, constraints=None):
    training = np.fromfile(os.path.join(folder, "training.f32"), np.float32).reshape(-1, features)
    semi_targets = np.fromfile(os.path.join(folder, "semi-targets.i8"), np.int8)
    test = np.fromfile(os.path.join(folder, "test.f32"), np.float32).reshape(-1, features)
    detector = create(method, gamma, constraints)
    start = time.perf_counter()
    detector.fit(training, semi_targets)
    fitted = time.perf_counter()
    scores = detector.score(test)
    end = time.perf_counter()
    return {"fitSeconds": fitted - start, "scoreSeconds": end - fitted, "scores": scores.tolist()}


def main():
    print(json.dumps({"name": f"scikit-learn {sklearn.__version__}, cvxopt {cvxopt.__version__}"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)


main()
