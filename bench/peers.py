"""SAM as others would run it: naive NumPy, optax's contrib.sam, PyTorch with the usual two backward passes.

Each peer is a class whose constructor prepares a workload (compiles, copies) and whose call runs it. What cannot be
imported here is reported as not installed.
"""

import importlib.util

import numpy as np

INSTALLED = {name: importlib.util.find_spec(name) is not None for name in ("jax", "optax", "torch")}


class NaiveNumPy:
    """The definition, line by line, on arrays of shape (N, d) or (d,)."""

    def __init__(self, gradient, eta, rho, starts, steps):
        self.run = lambda: _naive(gradient, eta, rho, starts, steps)

    def __call__(self):
        return self.run()


def _naive(gradient, eta, rho, w, steps):
    for _ in range(steps):
        g = gradient(w)
        w = w - eta * gradient(w + rho * g / np.linalg.norm(g, axis=-1, keepdims=True))
    return w


class NaivePath:
    """The definition on one point of shape (d,), keeping the path."""

    def __init__(self, gradient, eta, rho, start, steps):
        self.gradient, self.eta, self.rho, self.start, self.steps = gradient, eta, rho, start, steps

    def __call__(self):
        w, path = self.start, [self.start]
        for _ in range(self.steps):
            g = self.gradient(w)
            w = w - self.eta * self.gradient(w + self.rho * g / np.linalg.norm(g))
            path.append(w)
        return np.array(path)


def _optax_sam(loss, eta, rho):
    """optax.contrib.sam in opaque mode: state initializer and one step on a point of shape (d,)."""
    import jax
    import optax
    from optax.contrib import normalize, sam

    optimizer = sam(optax.sgd(eta), optax.chain(normalize(), optax.sgd(rho)), sync_period=2, opaque_mode=True)
    gradient = jax.grad(loss)

    def step(w, state):
        updates, state = optimizer.update(gradient(w), state, w, grad_fn=lambda p, _: gradient(p))
        return optax.apply_updates(w, updates), state

    return optimizer.init, step


def _jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


class OptaxPath:
    """One point: a Python loop over the jitted step, as in a training script; keeps the path."""

    def __init__(self, loss, eta, rho, start, steps):
        jax = _jax()
        self.init, step = _optax_sam(loss, eta, rho)
        self.step, self.start, self.steps = jax.jit(step), jax.numpy.asarray(start), steps
        self()

    def __call__(self):
        w, state = self.start, self.init(self.start)
        path = [w]
        for _ in range(self.steps):
            w, state = self.step(w, state)
            path.append(w)
        return np.array(path)


class OptaxBatch:
    """A batch: jit(vmap(scan)), coordinates along `axis`: -1 is the usual layout (N, d), 0 the tuned one (d, N).

    `eta` and `rho` may be arrays over the batch.
    """

    def __init__(self, loss, eta, rho, starts, steps, axis):
        jax = _jax()
        jnp = jax.numpy
        self.axis = axis
        self.starts = jnp.asarray(starts if axis == -1 else starts.T)

        def last(w, eta, rho):
            init, step = _optax_sam(loss, eta, rho)
            (w, _), _ = jax.lax.scan(lambda carry, _: (step(*carry), None), (w, init(w)), length=steps)
            return w

        batch = 1 if axis == 0 else 0
        swept = 0 if np.ndim(eta) else None
        run = jax.jit(jax.vmap(last, in_axes=(batch, swept, swept), out_axes=batch))
        self.run = lambda: run(self.starts, eta, rho).block_until_ready()
        self.run()

    def __call__(self):
        result = np.asarray(self.run())
        return result if self.axis == -1 else result.T


class TorchPath:
    """One point: two backward passes through autograd, the usual SAM optimizer's step."""

    def __init__(self, loss, eta, rho, start, steps):
        self.loss, self.eta, self.rho, self.start, self.steps = loss, eta, rho, start, steps

    def __call__(self):
        import torch

        w = torch.tensor(self.start, dtype=torch.float64, requires_grad=True)
        path = [w.detach().numpy().copy()]
        descent = torch.optim.SGD([w], lr=self.eta)
        for _ in range(self.steps):
            descent.zero_grad()
            self.loss(w).backward()
            with torch.no_grad():
                ascent = self.rho * w.grad / w.grad.norm()
                w.add_(ascent)
            descent.zero_grad()
            self.loss(w).backward()
            with torch.no_grad():
                w.sub_(ascent)
            descent.step()
            path.append(w.detach().numpy().copy())
        return np.array(path)


class TorchBatch:
    """A batch of shape (N, d) through autograd of the summed loss: the same two passes for all points at once."""

    def __init__(self, loss, eta, rho, starts, steps):
        self.loss, self.eta, self.rho, self.starts, self.steps = loss, eta, rho, starts, steps

    def _gradient(self, w):
        import torch

        w = w.detach().requires_grad_()
        return torch.autograd.grad(self.loss(w).sum(), w)[0]

    def __call__(self):
        import torch

        def parameter(value):
            return torch.as_tensor(value)[:, None] if np.ndim(value) else value

        eta, rho = parameter(self.eta), parameter(self.rho)
        w = torch.tensor(self.starts, dtype=torch.float64)
        for _ in range(self.steps):
            g = self._gradient(w)
            w = w - eta * self._gradient(w + rho * g / g.norm(dim=-1, keepdim=True))
        return w.numpy()
