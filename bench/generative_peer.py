"""Trains SS-DGM (Kingma et al. 2014; M2, and M2 on the latents of a variational autoencoder, M1) in PyTorch and scores, on one thread, as a
server over standard input and output.

A request and its answer are one line of JSON each:
    {"folder": "/tmp/x", "model": "m1+m2", "epochs": 5, "fall": 4, "seed": 1}  ->  {"scores": [0.1, …]}
The images are those of Fashion-MNIST. The folder holds training.f32, semi-targets.i8 with one for each sample, −1 for a labeled anomaly, and
test.f32, all in [0, 1]. The learning rate of 1e-4 falls by ten as epoch `fall` ends. Scores rank test samples by the difference of the
classifier's logits.

The first line written is {"name": "PyTorch 1.13.0"}, once the server is ready. It ends with its input.
"""

import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from peer import BATCH_SIZE, cross_entropies, draw, networks, perceptron
from torch import nn

NETWORK = "fashion-mnist"
LATENTS = 64
LEARNING_RATE = 1e-4
WEIGHT_DECAY = 0.5e-6


def glorot(module):
    """Initial weights as in the paper."""
    for part in module.modules():
        if isinstance(part, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module


def train(modules, count, epochs, fall, loss_of):
    parameters = [values for module in modules for values in module.parameters()]
    adam = torch.optim.Adam(parameters, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.MultiStepLR(adam, milestones=[fall])
    for _ in range(epochs):
        # Whole batches, and a rest, as in the authors' code.
        for batch in torch.randperm(count).split(BATCH_SIZE):
            adam.zero_grad()
            loss_of(batch).backward()
            adam.step()
        schedule.step()


def fit_and_score(model, training, anomalies, test, epochs, fall):
    latents, hidden = LATENTS, [4 * LATENTS, 2 * LATENTS]
    count, size = training.shape

    encode, classified, scored, classifier = lambda rows: training[rows], training, test, None
    if model == "m1+m2":
        first = glorot(perceptron(size, *hidden, 2 * latents))
        decoder = glorot(perceptron(latents, *hidden[::-1], size))

        def bound(batch):
            z, divergences = draw(first(training[batch]))
            return (cross_entropies(decoder(z), training[batch]) + divergences).mean()

        train([first, decoder], count, epochs, fall, bound)
        with torch.no_grad():
            outputs = first(training)
            scored = first(test).chunk(2, 1)[0]
        encode, classified = lambda rows: draw(outputs[rows])[0], outputs.chunk(2, 1)[0]
        classifier = glorot(perceptron(latents, hidden[0], 2))
    else:
        shape, layers, _ = networks(NETWORK)
        classifier = glorot(nn.Sequential(nn.Unflatten(1, shape), *layers, nn.Linear(latents, 2)))
    encoder = glorot(perceptron((latents if model == "m1+m2" else size) + 2, *hidden, 2 * latents))
    decoder = glorot(perceptron(latents + 2, *hidden[::-1], size))
    share = anomalies.float().mean()
    alpha = 0.1 * (1 - share) / share

    def bounds(rows, inputs, label):
        labels = F.one_hot(torch.full((len(rows),), label), 2).float()
        z, divergences = draw(encoder(torch.cat([inputs, labels], 1)))
        return cross_entropies(decoder(torch.cat([z, labels], 1)), training[rows]) + divergences + math.log(2)

    def loss_of(batch):
        labeled, unlabeled = batch[anomalies[batch]], batch[~anomalies[batch]]
        n = len(labeled)
        log_q = F.log_softmax(classifier(classified[torch.cat([labeled, unlabeled])]), 1)
        loss = torch.zeros(())
        if n > 0:
            loss = loss + bounds(labeled, encode(labeled), 1).mean() - alpha * log_q[:n, 1].mean()
        if len(unlabeled) > 0:
            both = torch.stack([bounds(unlabeled, encode(unlabeled), label) for label in (0, 1)], 1)
            loss = loss + (log_q[n:].exp() * (both + log_q[n:])).sum(1).mean()
        return loss

    train([encoder, decoder, classifier], count, epochs, fall, loss_of)
    classifier.eval()
    with torch.no_grad():
        logits = torch.cat([classifier(part) for part in scored.split(1000)])
    return (logits[:, 1] - logits[:, 0]).double()


def main():
    torch.set_num_threads(1)
    print(json.dumps({"name": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        read = lambda name, kind: torch.from_numpy(np.fromfile(os.path.join(request["folder"], name), kind))
        anomalies = read("semi-targets.i8", np.int8) == -1
        training = read("training.f32", np.float32).view(len(anomalies), -1)
        test = read("test.f32", np.float32).view(-1, training.shape[1])
        torch.manual_seed(request["seed"])
        schedule = request["epochs"], request["fall"]
        scores = fit_and_score(request["model"], training, anomalies, test, *schedule)
        print(json.dumps({"scores": scores.tolist()}), flush=True)


if __name__ == "__main__":
    main()
