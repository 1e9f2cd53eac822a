"""Times training steps of the paper's networks in PyTorch, on one thread, as a server over standard input and output.

A request and its answer are one line of JSON each:
    {"network": "mnist", "part": "encoder", "steps": 20}  ->  {"seconds": 0.41, "parameters": 7272}
The first line written is {"name": "PyTorch 1.13.0"}, once the server is ready. It ends with its input.

With --tuned the same steps as an expert has them, as far as this PyTorch can: images with their channels innermost, Adam in one kernel
(fused) or over all weights at once (foreach), and the model compiled. The name says what of it is.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH_SIZE = 128
SAMPLES = 16 * BATCH_SIZE


def block(layer, channels):
    norm = nn.BatchNorm2d if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)) else nn.BatchNorm1d
    return [layer, norm(channels, eps=1e-4, affine=False), nn.LeakyReLU()]


def conv(inputs, outputs):
    return [*block(nn.Conv2d(inputs, outputs, 5, padding=2, bias=False), outputs), nn.MaxPool2d(2)]


def deconv(inputs, outputs, padding=2):
    return block(nn.ConvTranspose2d(inputs, outputs, 5, padding=padding, bias=False), outputs)


def last_deconv(inputs, outputs):
    return [nn.ConvTranspose2d(inputs, outputs, 5, padding=2, bias=False), nn.Sigmoid()]


def dense(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


def mlp(sizes):
    pairs = list(zip(sizes, sizes[1:]))
    hidden = [layer for inputs, outputs in pairs[:-1] for layer in block(dense(inputs, outputs), outputs)]
    return [*hidden, dense(*pairs[-1])]


def tabular(*sizes):
    return (sizes[0],), mlp(sizes), [*mlp(sizes[::-1]), nn.Sigmoid()]


def up():
    return nn.Upsample(scale_factor=2)


def networks(name):
    """The shape of a sample, the encoder's layers and the decoder's."""
    if name == "mnist":
        encoder = [*conv(1, 8), *conv(8, 4), nn.Flatten(), dense(4 * 7 * 7, 32)]
        decoder = [nn.Unflatten(1, (2, 4, 4)), nn.LeakyReLU(), up(), *deconv(2, 4), up()]
        decoder += [*deconv(4, 8, padding=3), up(), *last_deconv(8, 1)]
        return (1, 28, 28), encoder, decoder
    if name == "fashion-mnist":
        encoder = [*conv(1, 16), *conv(16, 32), nn.Flatten(), *block(dense(32 * 7 * 7, 128), 128), dense(128, 64)]
        decoder = [dense(64, 128), nn.BatchNorm1d(128, eps=1e-4, affine=False)]
        decoder += [nn.Unflatten(1, (8, 4, 4)), nn.LeakyReLU(), up(), *deconv(8, 32), up()]
        decoder += [*deconv(32, 16, padding=3), up(), *last_deconv(16, 1)]
        return (1, 28, 28), encoder, decoder
    if name == "cifar10":
        encoder = [*conv(3, 32), *conv(32, 64), *conv(64, 128), nn.Flatten(), dense(128 * 4 * 4, 128)]
        decoder = [nn.Unflatten(1, (8, 4, 4)), nn.LeakyReLU(), *deconv(8, 128), up(), *deconv(128, 64), up()]
        decoder += [*deconv(64, 32), up(), *last_deconv(32, 3)]
        return (3, 32, 32), encoder, decoder
    if name == "satellite":
        return tabular(36, 32, 16, 8)
    if name == "cardio":
        return tabular(21, 32, 16, 8)
    if name == "shuttle":
        return tabular(9, 32, 16, 8)
    raise ValueError(f"no network is named {name}")


def find_tuning():
    """The options of Adam and whether a model can be compiled, by trying them: versions differ in what they take on a CPU."""
    adam = {}
    for option in ("fused", "foreach"):
        try:
            weights = nn.Parameter(torch.ones(1))
            optimizer = torch.optim.Adam([weights], **{option: True})
            weights.sum().backward()
            optimizer.step()
            adam = {option: True}
            break
        except (TypeError, RuntimeError):
            continue
    try:
        torch.compile(nn.Linear(1, 1))(torch.ones(2, 1)).sum().backward()
        compiles = True
    except Exception:  # What is missing, a compiler for one, is told in many ways.
        compiles = False
    return {"adam": adam, "compiles": compiles}


# What --tuned found; nothing without it.
TUNING = None


def tuned_samples(samples):
    return samples.contiguous(memory_format=torch.channels_last) if TUNING and samples.dim() == 4 else samples


def tuned_model(model):
    if not TUNING:
        return model
    model = model.to(memory_format=torch.channels_last)
    return torch.compile(model) if TUNING["compiles"] else model


def deep_sad_loss(outputs, center, semi_targets):
    distances = torch.sum((outputs - center) ** 2, dim=1)
    return torch.mean(torch.where(semi_targets == 0, distances, (distances + 1e-6) ** semi_targets))


def adam(model, reconstructs):
    """The optimizer of the paper, with the weight decay of the pretraining or that of Deep SAD."""
    weight_decay = 0.5e-3 if reconstructs else 0.5e-6
    return torch.optim.Adam(model.parameters(), lr=1e-4, weight_decay=weight_decay, **(TUNING["adam"] if TUNING else {}))


def perceptron(*sizes):
    pairs = list(zip(sizes, sizes[1:]))
    hidden = [layer for pair in pairs[:-1] for layer in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(*pairs[-1]))


def draw(outputs):
    """Latents by an encoder's outputs, and the divergence of each sample by this one draw."""
    mean, a = outputs.chunk(2, 1)
    log_variance = F.softplus(a)
    noise = torch.randn_like(mean)
    latents = mean + torch.exp(log_variance / 2) * noise
    return latents, (latents**2 - noise**2 - log_variance).sum(1) / 2


def cross_entropies(logits, targets):
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(1)


class Generative:
    """The variational autoencoder of MNIST, or M2 with its classifier, on the same random samples."""

    def __init__(self, name):
        classes = 2 if name == "ss-dgm" else 0
        self.samples = tuned_samples(torch.rand(SAMPLES, 1, 28, 28))
        self.anomalies = torch.arange(SAMPLES) % 100 == 0
        self.encoder = tuned_model(perceptron(784 + classes, 128, 64, 2 * 32))
        self.decoder = tuned_model(perceptron(32 + classes, 64, 128, 784))
        parts = [self.encoder, self.decoder]
        if classes:
            _, encoder, _ = networks("mnist")
            self.classifier = tuned_model(nn.Sequential(*encoder, nn.Linear(32, classes)))
            parts.append(self.classifier)
        self.model = nn.ModuleList(parts)
        self.optimizer = adam(self.model, False)
        self.step = self.m2 if classes else self.vae

    def bounds(self, x, *labels):
        latents, divergences = draw(self.encoder(torch.cat([x, *labels], 1)))
        return cross_entropies(self.decoder(torch.cat([latents, *labels], 1)), x) + divergences

    def take(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def vae(self, batch):
        return self.take(self.bounds(self.samples[batch].flatten(1)).mean())

    def m2(self, batch):
        labeled, unlabeled = batch[self.anomalies[batch]], batch[~self.anomalies[batch]]
        n = len(labeled)
        classes = torch.tensor([1] * n + [0] * len(unlabeled) + [1] * len(unlabeled))
        rows = self.samples[torch.cat([labeled, unlabeled, unlabeled])].flatten(1)
        values = self.bounds(rows, F.one_hot(classes, 2).float())
        log_q = F.log_softmax(self.classifier(self.samples[torch.cat([labeled, unlabeled])]), 1)
        both = values[n:].view(2, -1).t()
        loss = (log_q[n:].exp() * (both + log_q[n:])).sum(1).mean()
        if n:
            loss = loss + values[:n].mean() - 9.9 * log_q[:n, 1].mean()
        return self.take(loss)


class Trainer:
    """One network in training on random samples, one in a hundred a labeled anomaly."""

    def __init__(self, network, part):
        shape, encoder, decoder = networks(network)
        self.reconstructs = part == "autoencoder"
        self.model = tuned_model(nn.Sequential(*encoder, *(decoder if self.reconstructs else [])))
        self.samples = tuned_samples(torch.rand(SAMPLES, *shape))
        self.semi_targets = torch.zeros(SAMPLES)
        self.semi_targets[::100] = -1
        with torch.no_grad():
            self.center = self.model(self.samples[:BATCH_SIZE]).mean(dim=0)
        self.optimizer = adam(self.model, self.reconstructs)

    def step(self, batch):
        inputs = self.samples[batch]
        self.optimizer.zero_grad()
        outputs = self.model(inputs)
        if self.reconstructs:
            loss = F.mse_loss(outputs, inputs)
        else:
            loss = deep_sad_loss(outputs, self.center, self.semi_targets[batch])
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Timed:
    """A model whose steps are taken in shuffled batches."""

    def __init__(self, trained):
        self.trained = trained

    def train(self, steps):
        """Takes this many steps; returns the seconds they took."""
        start = time.perf_counter()
        done = 0
        while done < steps:
            for batch in torch.randperm(SAMPLES).split(BATCH_SIZE)[: steps - done]:
                self.trained.step(batch)
                done += 1
        return time.perf_counter() - start

    def parameters(self):
        return sum(values.numel() for values in self.trained.model.parameters())


def linear_algebra():
    """Which library multiplies its matrices, where that is one of the system's: the reference one takes up to ten times as long as others."""
    try:
        with open("/proc/self/maps") as maps:
            loaded = {line.split()[-1].lower() for line in maps if "blas" in line.lower()}
    except OSError:
        return ""
    if any("openblas" in path for path in loaded):
        return ", OpenBLAS"
    return ", the reference BLAS" if any("/libblas" in path for path in loaded) else ""


def main():
    global TUNING
    torch.set_num_threads(1)
    torch.manual_seed(0)
    name = f"PyTorch {torch.__version__}{linear_algebra()}"
    if "--tuned" in sys.argv[1:]:
        TUNING = find_tuning()
        how = ["channels last", *(f"{option} Adam" for option in TUNING["adam"])]
        name += f" ({', '.join([*how, 'compiled'] if TUNING['compiles'] else how)})"
    print(json.dumps({"name": name}), flush=True)
    trainers = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = (request["network"], request["part"])
        if key not in trainers:
            part = request["part"]
            trainers[key] = Timed(Generative(part) if part in ("vae", "ss-dgm") else Trainer(*key))
        seconds = trainers[key].train(request["steps"])
        print(json.dumps({"seconds": seconds, "parameters": trainers[key].parameters()}), flush=True)


if __name__ == "__main__":
    main()
