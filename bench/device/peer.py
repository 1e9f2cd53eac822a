"""Times training steps of the paper's networks in PyTorch as one who knows it would have a GPU take them: one model, also in a CUDA
graph, many models at once, several processes at once, compiled. Prints a line of JSON a measurement, as soon as it is made:

    {"what": "PyTorch graph", "network": "mnist", "part": "encoder", "models": 1, "ms": 0.2, "us_per_model": 200.0}

A step gathers random batches from samples on the device, goes forward and back, and updates the weights with Adam. What fails is a line
with an "error" and stops nothing else. `--device cpu --quick` tries everything but CUDA graphs.
"""

import argparse
import gc
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

# Before this file's own folder, where `peer` would be this file.
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# PyTorch can take half a minute to load from a cold disk.
START = time.perf_counter()

import torch
import torch.nn.functional as F
from peer import BATCH_SIZE, networks
from torch import nn

PROCESSES = 4
# Steps before a step is recorded, in which libraries choose their kernels and the memory is laid out.
WARM_UP = 3


class Way(NamedTuple):
    """How a step is taken."""

    # `single`: one model, a module. Of many models: `grouped`: their channels as groups of one convolution; `unfold`: one matrix product a
    # layer and model; `vmap`: the module mapped over stacked weights.
    form: str = "single"
    models: int = 1
    # Recorded once as a CUDA graph and replayed.
    graph: bool = True
    # Whether matrix products and convolutions may round their factors to 10 bits; PyTorch as it comes: convolutions may.
    tf32: bool = False
    as_it_comes: bool = False
    compiled: bool = False

    def __str__(self):
        words = ["PyTorch", "" if self.form == "single" else self.form, "graph" if self.graph else "eager"]
        words += ["compiled" if self.compiled else "", "as it comes" if self.as_it_comes else "TF32" if self.tf32 else "fp32"]
        return " ".join(word for word in words if word)


def build(network, part, seed):
    """One model, its weights drawn from the seed."""
    torch.manual_seed(seed)
    _, encoder, decoder = networks(network)
    return nn.Sequential(*encoder, *decoder) if part == "autoencoder" else nn.Sequential(*encoder)


def is_norm(layer):
    return isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d))


def unfolded(inputs, weights, padding):
    """The convolutions of K models, as one product of matrices a model; inputs (B, K·C, H, W), weights (K, O, C, 5, 5)."""
    models, outputs, channels, side, _ = weights.shape
    batch = len(inputs)
    # F.unfold would start a kernel a sample.
    windows = F.pad(inputs, [padding] * 4).unfold(2, side, 1).unfold(3, side, 1)
    high, wide = windows.shape[2:4]
    windows = windows.view(batch, models, channels, high, wide, side, side).permute(1, 2, 5, 6, 0, 3, 4)
    product = torch.bmm(weights.flatten(2), windows.reshape(models, channels * side * side, -1))
    return product.view(models, outputs, batch, high, wide).permute(2, 0, 1, 3, 4).reshape(batch, -1, high, wide)


class Side:
    """K models side by side: the channels of all of them lie one after the other in one tensor."""

    def __init__(self, layers, parameters, models, unfolds):
        self.models, self.unfolds = models, unfolds
        left = iter(parameters)
        self.layers = [(layer, self.tensors(layer, left)) for layer in layers]

    def tensors(self, layer, parameters):
        """What a layer needs: weights (K, …), or the running statistics of a normalisation."""
        if is_norm(layer):
            return [values.repeat(self.models) for values in (layer.running_mean, layer.running_var)]
        return [next(parameters) for _ in layer.parameters()]

    def convolve(self, values, layer, weights):
        padding = layer.padding[0]
        upright = isinstance(layer, nn.Conv2d)
        if self.unfolds and upright:
            return unfolded(values, weights, padding)
        if self.unfolds:
            return unfolded(values, weights.transpose(1, 2).flip(3, 4), layer.kernel_size[0] - 1 - padding)
        function = F.conv2d if upright else F.conv_transpose2d
        return function(values, weights.flatten(0, 1), padding=padding, groups=self.models)

    def __call__(self, inputs):
        """(B, K, …) to (B, K, …)."""
        batch, models = inputs.shape[:2]
        values = inputs.flatten(1, 2)
        for layer, tensors in self.layers:
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                values = self.convolve(values, layer, *tensors)
            elif isinstance(layer, nn.Linear):
                rows = values.view(batch, models, -1).transpose(0, 1)
                values = torch.bmm(rows, tensors[0].transpose(1, 2)).transpose(0, 1).reshape(batch, -1)
            elif is_norm(layer):
                values = F.batch_norm(values, *tensors, training=True, eps=layer.eps)
            elif isinstance(layer, nn.Flatten):
                values = values.flatten(1)
            elif isinstance(layer, nn.Unflatten):
                values = values.view(batch, -1, *layer.unflattened_size[1:])
            else:
                values = layer(values)
        return values.view(batch, models, -1, *values.shape[2:])


def mapped(model, parameters):
    """The module mapped over the first dimension of its weights, as a function of (B, K, …)."""
    try:
        from torch.func import functional_call, vmap
    except ImportError:
        from functorch import vmap
        from torch.nn.utils.stateless import functional_call
    for layer in model:
        if is_norm(layer):
            # Running statistics would be written in place, which cannot be mapped.
            layer.running_mean = layer.running_var = layer.num_batches_tracked = None
            layer.track_running_stats = False
    names = [name for name, _ in model.named_parameters()]
    each = vmap(lambda weights, inputs: functional_call(model, weights, (inputs,)), in_dims=(0, 1), out_dims=1)
    return lambda inputs: each(dict(zip(names, parameters)), inputs)


class Training:
    """K models of a network, each in training on random rows of its own, one in a hundred a labeled anomaly."""

    def __init__(self, network, part, way, device, batch_size):
        self.reconstructs = part == "autoencoder"
        models = [build(network, part, seed).to(device) for seed in range(way.models)]
        if way.form == "single":
            (model,) = models
            self.parameters = list(model.parameters())
            self.forward = lambda inputs: model(inputs[:, 0])[:, None]
        else:
            stacks = zip(*(model.parameters() for model in models))
            self.parameters = [torch.stack([*stack]).detach().requires_grad_() for stack in stacks]
            if way.form == "vmap":
                self.forward = mapped(models[0], self.parameters)
            else:
                self.forward = Side(models[0], self.parameters, way.models, way.form == "unfold")
        self.models = way.models

        torch.manual_seed(0)
        shape, _, _ = networks(network)
        samples = 16 * batch_size
        self.samples = torch.rand(samples, *shape).to(device)
        self.semi_targets = torch.zeros(samples, device=device)
        self.semi_targets[::100] = -1
        # An epoch: batches of rows, (B, K) each.
        orders = torch.rand(samples, way.models).argsort(dim=0).to(device)
        self.batches = list(orders.split(batch_size))
        self.rows = self.batches[0].clone()
        with torch.no_grad():
            self.center = None if self.reconstructs else self.forward(self.samples[self.rows]).mean(dim=0)

        options = {"capturable": True, "fused": True} if way.graph and device.type == "cuda" else {}
        weight_decay = 0.5e-3 if self.reconstructs else 0.5e-6
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-4, weight_decay=weight_decay, **options)
        self.loss_of = torch.compile(self.loss) if way.compiled else self.loss
        self.advance = self.recorded() if way.graph and device.type == "cuda" else self.step
        self.taken = 0

    def loss(self, rows):
        """The sum of the models' losses, so that each gets its own gradient."""
        inputs = self.samples[rows]
        outputs = self.forward(inputs)
        if self.reconstructs:
            return F.mse_loss(outputs, inputs) * self.models
        semi_targets = self.semi_targets[rows]
        distances = torch.sum((outputs - self.center) ** 2, dim=2)
        losses = torch.where(semi_targets == 0, distances, (distances + 1e-6) ** semi_targets)
        return losses.mean() * self.models

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss_of(self.rows).backward()
        self.optimizer.step()

    def recorded(self):
        """The step as a CUDA graph."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                self.step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.step()
        return graph.replay

    def take(self, steps):
        """Takes this many steps; returns the seconds they took."""
        synchronize()
        start = time.perf_counter()
        for _ in range(steps):
            self.rows.copy_(self.batches[self.taken % len(self.batches)])
            self.advance()
            self.taken += 1
        synchronize()
        return time.perf_counter() - start


def synchronize():
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def allow(way):
    """Sets the precision, and whether cuDNN may try its kernels to find the fastest."""
    torch.backends.cuda.matmul.allow_tf32 = way.tf32
    torch.backends.cudnn.allow_tf32 = way.tf32 or way.as_it_comes
    torch.backends.cudnn.benchmark = not way.as_it_comes


class Late(Exception):
    """A measurement took longer than it may."""


class Bench:
    def __init__(self, device, seconds, quick):
        self.device = torch.device(device)
        self.deadline = START + seconds
        self.budget, self.repeats, self.warm_up = (0, 1, 1) if quick else (0.6, 5, 3)
        self.batch_size = 4 if quick else BATCH_SIZE

    def attempt(self, seconds, what, network, part, models, measure):
        """Prints what `measure` returns, or why it failed; nothing more once time is up."""
        left = self.deadline - time.perf_counter()
        if left < 1:
            return
        record = {"what": str(what), "network": network, "part": part, "models": models}
        signal.setitimer(signal.ITIMER_REAL, min(seconds, left))
        try:
            record.update(measure())
        except Exception as error:
            record["error"] = f"{type(error).__name__}: {error}"[:400]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps(record), flush=True)
        # What a failed or finished measurement held.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def steps(self, network, part, way, seconds=12):
        def measure():
            allow(way)
            training = Training(network, part, way, self.device, self.batch_size)
            training.take(self.warm_up)
            each = training.take(1)
            steps = max(1, round(self.budget / self.repeats / each))
            repeats = max(1, min(self.repeats, round(self.budget / (steps * each))))
            took = statistics.median(training.take(steps) for _ in range(repeats)) / steps
            return {"ms": 1e3 * took, "us_per_model": 1e6 * took / way.models}

        self.attempt(seconds, way, network, part, way.models, measure)

    def agreement(self, network, part, form):
        """
        How far the gradients of two models at once are from those of each alone, relative to the largest of a tensor; in double, since
        in float a rounding that turns a sign turns a slope.
        """

        batch_size = 4

        def compare():
            way = Way(form, models=2, graph=False)
            together = Training(network, part, way, self.device, batch_size)
            together.loss(together.rows).backward()
            worst = 0.0
            for index in range(way.models):
                alone = Training(network, part, Way(graph=False), self.device, batch_size)
                model = build(network, part, index).to(self.device)
                alone.forward = lambda inputs: model(inputs[:, 0])[:, None]
                rows = together.rows[:, index : index + 1]
                if not alone.reconstructs:
                    alone.center = together.center[index]
                alone.loss(rows).backward()
                for ours, theirs in zip(together.parameters, model.parameters()):
                    worst = max(worst, float((ours.grad[index] - theirs.grad).abs().max() / theirs.grad.abs().max()))
            return {"difference": worst}

        def measure():
            torch.set_default_dtype(torch.float64)
            try:
                return compare()
            finally:
                torch.set_default_dtype(torch.float32)

        self.attempt(12, f"PyTorch agreement {form}", network, part, 2, measure)

    def processes(self, parts):
        """Several processes at once, each with one model in a graph."""
        command = [sys.executable, os.path.abspath(__file__), "--serve", "--device", self.device.type]
        servers = []

        def ask_all(request):
            for server in servers:
                print(json.dumps(request), file=server.stdin, flush=True)
            answers = [json.loads(server.stdout.readline()) for server in servers]
            for answer in answers:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
            return answers

        def measure(network, part):
            while len(servers) < PROCESSES:
                pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
                servers.append(subprocess.Popen(command, text=True, **pipes))
            ask_all({"network": network, "part": part, "batch_size": self.batch_size})
            rate = sum(answer["rate"] for answer in ask_all({"seconds": self.budget}))
            return {"ms": 1e3 * PROCESSES / rate, "us_per_model": 1e6 / rate}

        try:
            for network, part in parts:
                what = "PyTorch graph fp32, a process a model"
                self.attempt(25, what, network, part, PROCESSES, lambda: measure(network, part))
        finally:
            for server in servers:
                server.kill()
                server.wait()


def serve(device):
    """Prepares a training, or takes steps of it for some seconds, a line of JSON each."""
    way = Way()
    training = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "network" in request:
                allow(way)
                training = None
                training = Training(request["network"], request["part"], way, device, request["batch_size"])
                training.take(WARM_UP)
                answer = {}
            else:
                # Taken together between two waits for the device.
                chunk = 16 if device.type == "cuda" else 1
                steps, took = chunk, training.take(chunk)
                while took < request["seconds"]:
                    took += training.take(chunk)
                    steps += chunk
                answer = {"rate": steps / took}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def bench(device, seconds, quick, compiled):
    def late(*_):
        raise Late

    signal.signal(signal.SIGALRM, late)
    # Of cuDNN's kernels for one convolution.
    torch.backends.cudnn.benchmark_limit = 5
    me = Bench(device, seconds, quick)
    many, most = (2, 3) if quick else (16, 64)
    main = [(network, part) for network in ("mnist", "cifar10") for part in ("encoder", "autoencoder")]
    rest = [(network, part) for network in ("fashion-mnist", "satellite") for part in ("encoder", "autoencoder")]

    if compiled:
        for way in (Way("grouped", most, compiled=True), Way(compiled=True), Way("grouped", many, compiled=True)):
            for network, part in main:
                me.steps(network, part, way, seconds=40)
        return

    for form in ("grouped", "unfold", "vmap"):
        for network, part in main[1::2]:
            me.agreement(network, part, form)
    # The most important first, in case that time runs out.
    as_it_comes = Way(graph=False, as_it_comes=True)
    for way in (as_it_comes, Way(), Way("grouped", many), Way("grouped", most), Way("unfold", many), Way("vmap", many)):
        for network, part in main:
            me.steps(network, part, way)
    me.processes(main)
    for way in (Way("unfold", most), Way("grouped", most, tf32=True), Way("grouped", many, graph=False), Way(graph=False)):
        for network, part in main:
            me.steps(network, part, way)
    for way in (as_it_comes, Way(), Way("grouped", many), Way("grouped", most)):
        for network, part in rest:
            me.steps(network, part, way)


def main():
    parser = argparse.ArgumentParser(description="Times training steps of the paper's networks in PyTorch")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=float, default=108, help="stop measuring so long after the start")
    parser.add_argument("--quick", action="store_true", help="try everything with next to no steps")
    parser.add_argument("--compiled", action="store_true", help="measure what torch.compile makes of steps, and nothing else")
    parser.add_argument("--serve", action="store_true", help="take steps as standard input asks for them")
    options = parser.parse_args()
    # As the processes of a sweep would share the cores.
    torch.set_num_threads(1)
    if options.serve:
        serve(torch.device(options.device))
    else:
        name = torch.cuda.get_device_name() if options.device == "cuda" else "the CPU"
        print(json.dumps({"what": "peer", "torch": torch.__version__, "device": name}), flush=True)
        bench(options.device, options.seconds, options.quick, options.compiled)


if __name__ == "__main__":
    main()
