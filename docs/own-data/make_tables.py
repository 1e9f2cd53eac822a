"""Makes the tables of the tutorial from a data set that comes with scikit-learn.

Run by hand, from this folder, with Debian's python3-sklearn: /usr/bin/python3 make_tables.py

Breast Cancer Wisconsin (Diagnostic), W. H. Wolberg, W. N. Street and O. L. Mangasarian, 1995: measurements of cell nuclei in
569 images of breast masses. UCI Machine Learning Repository, https://doi.org/10.24432/C5DW2B, CC BY 4.0. The ten means of each
image are kept, of which we left out the standard errors and extremes.
"""

import csv

import numpy as np
from sklearn.datasets import load_breast_cancer

FEATURES = 10
TRAINING = {"benign": 250, "malignant": 30}
KNOWN = {"benign": 25, "malignant": 15}
SEMI_TARGET = {"benign": "+1", "malignant": "-1"}

data = load_breast_cancer()
names = [name.replace("mean ", "").replace(" ", "_") for name in data.feature_names[:FEATURES]]
assert all(name.startswith("mean ") for name in data.feature_names[:FEATURES])
random = np.random.RandomState(0)


def write(file, header, rows):
    with open(file, "w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([header, *rows])


def features(index):
    return [f"{value:.6g}" for value in data.data[index, :FEATURES]]


training, checked = [], []
for target, diagnosis in enumerate(data.target_names):
    indices = random.permutation(np.flatnonzero(data.target == target))
    for position, index in enumerate(indices):
        if position < TRAINING[diagnosis]:
            known = SEMI_TARGET[diagnosis] if position < KNOWN[diagnosis] else ""
            training.append([*features(index), known])
        else:
            checked.append([*features(index), diagnosis])
random.shuffle(training)
random.shuffle(checked)

write("cells.csv", [*names, "known"], training)
write("checked.csv", [*names, "diagnosis"], checked)
write("new.csv", names, [row[:-1] for row in checked[:50]])
