"""Draws the splits of the authors' code, trains PyTorch on them and scores, on one thread, as a server over standard input and output.

A request and its answer are one line of JSON each; the folder holds rows.f64 and classes.u8, normal rows being of class 0:
    {"folder": "/tmp/x", "hidden": [32, 16], "representation": 8, "split": 1, "seed": 1}
        ->  {"trained": 0.55, "scores": {"autoencoder": {"redrawn": [0.1, …], "unseen": […]}, "pretrained": …, "unpretrained": …},
             "rates": [0.0001, …]}
`split` is the number that draws rows and labels, `seed` the one that draws initial weights and batches. Two test sets are scored:
`redrawn`, which is drawn from all rows again, as the authors do, and of whose rows the share `trained` is trained on; and `unseen`,
the rows that are not in the training part. The folder then has training.f32 and semi-targets.i8, and of each test set
redrawn.f32 and redrawn.u8, 1 for an anomaly, all scaled.

Deep SAD starts from the autoencoder's encoder (`pretrained`), and from initial weights (`unpretrained`): the authors' code trains the
autoencoder and copies no weight of it to the encoder, since it looks for them by other names. What was drawn is in the folder too: the
initial weights autoencoder.f32 and unpretrained.f32, and orders.u32, the samples of each epoch in the order of its batches, of the three
trainings one after the other; `rates` are the learning rates of these epochs.

The first line written is {"name": "PyTorch 1.13.0"}, once the server is ready. It ends with its input.
"""

import json
import os
import sys
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from peer import BATCH_SIZE, adam, deep_sad_loss, mlp
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from torch import nn
from torch.utils.data import RandomSampler

EPOCHS = 150
LABELED_ANOMALIES = 0.01
# The learning rate falls as the 50th epoch starts, since the authors' code counts an epoch before it trains it.
FULL_RATE_EPOCHS = 49


class Drawing:
    """One 60:40 split of the rows, normal and anomalous ones apart, and all rows scaled as its training part asks."""

    def __init__(self, rows, anomalous, state):
        kinds = np.flatnonzero(~anomalous), np.flatnonzero(anomalous)
        halves = [train_test_split(kind, test_size=0.4, random_state=state) for kind in kinds]
        self.normal, self.anomalies = (training for training, _ in halves)
        self.training, self.test = (np.concatenate(part) for part in zip(*halves))
        standard = StandardScaler().fit(rows[self.training])
        min_max = MinMaxScaler().fit(standard.transform(rows[self.training]))
        self.scaled = min_max.transform(standard.transform(rows)).astype(np.float32)


def draw_labels(drawing, split):
    """The rows to train on, all normal ones and the labeled anomalies, and their semi-targets."""
    np.random.seed(split)
    normal = np.random.permutation(drawing.normal)
    # The authors draw the unlabeled anomalies here. There are none, but the generator moves on.
    np.random.permutation(drawing.anomalies)
    count = int(LABELED_ANOMALIES * len(normal) / (1 - LABELED_ANOMALIES))
    chosen = np.concatenate([normal, np.random.permutation(drawing.anomalies)[:count]])
    return chosen, np.repeat([0, -1], [len(normal), count]).astype(np.int8)


class Course(NamedTuple):
    """A training but for the weights it starts from: epochs, each an order of samples and a learning rate."""

    pretraining: list
    # Of Deep SAD, whether its encoder was pretrained or not.
    training: list
    # The samples whose mean is the center.
    centered: torch.Tensor


def draw_course(count):
    """Draws as the authors' code does with its loaders, so that the same seed makes the same batches."""

    def loader_seed():
        torch.empty((), dtype=torch.int64).random_()

    def order():
        loader_seed()
        return torch.tensor(list(RandomSampler(range(count))))[: count - count % BATCH_SIZE]

    pretraining = [(order(), 1e-4) for _ in range(EPOCHS)]
    loader_seed()  # of the test set, which the autoencoder scores
    centered = order()
    training = [(order(), 1e-4 if epoch < FULL_RATE_EPOCHS else 1e-5) for epoch in range(EPOCHS)]
    return Course(pretraining, training, centered)


def train(model, reconstructs, loss_of, tensors, epochs):
    optimizer = adam(model, reconstructs)
    model.train()
    for order, rate in epochs:
        optimizer.param_groups[0]["lr"] = rate
        for batch in order.split(BATCH_SIZE):
            optimizer.zero_grad()
            loss_of(*(tensor[batch] for tensor in tensors)).backward()
            optimizer.step()
    model.eval()


def deep_sad_scores(encoder, tensors, tests, centered, epochs):
    with torch.no_grad():
        center = encoder.eval()(tensors[0][centered]).mean(dim=0)
        center = torch.where(center.abs() < 0.1, 0.1 * center.sign(), center)
    train(encoder, False, lambda inputs, known: deep_sad_loss(encoder(inputs), center, known), tensors, epochs)
    with torch.no_grad():
        return {name: ((encoder(test) - center) ** 2).sum(dim=1).tolist() for name, test in tests.items()}


def fit_and_score(tensors, tests, sizes, seed, write):
    torch.manual_seed(seed)
    unpretrained, pretrained = nn.Sequential(*mlp(sizes)), nn.Sequential(*mlp(sizes))
    autoencoder = nn.Sequential(pretrained, *mlp(sizes[::-1]), nn.Sigmoid())
    for name, model in (("autoencoder", autoencoder), ("unpretrained", unpretrained)):
        write(f"{name}.f32", nn.utils.parameters_to_vector(model.parameters()).detach().numpy())
    course = draw_course(len(tensors[0]))
    epochs = [*course.pretraining, *course.training, *course.training]
    write("orders.u32", torch.cat([order for order, _ in epochs]).numpy().astype(np.uint32))

    train(autoencoder, True, lambda inputs, _: F.mse_loss(autoencoder(inputs), inputs), tensors, course.pretraining)
    with torch.no_grad():
        errors = {name: ((autoencoder(test) - test) ** 2).mean(dim=1).tolist() for name, test in tests.items()}
    scores = {
        "autoencoder": errors,
        "pretrained": deep_sad_scores(pretrained, tensors, tests, course.centered, course.training),
        "unpretrained": deep_sad_scores(unpretrained, tensors, tests, course.centered, course.training),
    }
    return {"scores": scores, "rates": [rate for _, rate in epochs]}


def answer(folder, hidden, representation, split, seed):
    def write(name, values):
        values.tofile(os.path.join(folder, name))

    anomalous = np.fromfile(os.path.join(folder, "classes.u8"), np.uint8) > 0
    rows = np.fromfile(os.path.join(folder, "rows.f64"), np.float64).reshape(len(anomalous), -1)
    # The state goes on from the first drawing to the second, so that they differ.
    state = np.random.RandomState(split)
    first, second = Drawing(rows, anomalous, state), Drawing(rows, anomalous, state)
    chosen, semi_targets = draw_labels(first, split)
    samples = first.scaled[chosen]
    write("training.f32", samples)
    write("semi-targets.i8", semi_targets)
    tests = {}
    for name, drawing in (("redrawn", second), ("unseen", first)):
        tests[name] = drawing.scaled[drawing.test]
        write(f"{name}.f32", tests[name])
        write(f"{name}.u8", anomalous[drawing.test].astype(np.uint8))

    tensors = torch.from_numpy(samples), torch.from_numpy(semi_targets).float()
    tests = {name: torch.from_numpy(test) for name, test in tests.items()}
    sizes = [rows.shape[1], *hidden, representation]
    trained = float(np.isin(second.test, chosen).mean())
    return {"trained": trained, **fit_and_score(tensors, tests, sizes, seed, write)}


def main():
    torch.set_num_threads(1)
    print(json.dumps({"name": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)


main()
