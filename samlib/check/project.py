"""The exercises of the project, problem set 5: λ_max along SAM and gradient descent on digits."""

from samlib.check import _measured, _network_checks
from samlib.check._exercise import Choice, Exercise, Test

__all__ = ["EXERCISES"]

_PAGE = "chapters/course/problem-set-5"
_RUNS = {"eta": (0.85, 0.9, 0.95, 1.0), "seed": (10, 30, 40, 50, 60)}


EXERCISES = (
    Exercise(
        "8.1",
        "project-gradient",
        _PAGE,
        "A network and its gradient",
        ("pen", "computer"),
        45,
        hint=r"Let $h=\tanh(Ax+b)$ and $r=(f(x)-y)/n$ for one image. What is the derivative by $C$ and by $c$? "
        r"And what reaches $Ax+b$?",
        sketch=r"By $C$ it is $rh^\top$, by $c$ it is $r$. With $k=(C^\top r)\cdot(1-h^2)$, entry by entry, it is "
        r"$kx^\top$ by $A$ and $k$ by $b$. Sum over the images: each is one matrix product.",
        own="the derivation.",
        parts=(
            Test("value", "a function of w, images and targets: the loss", _network_checks.value),
            Test(
                "gradient",
                "a function of w, images and targets: the gradient, in the order of w",
                _network_checks.gradient,
                2,
            ),
        ),
    ),
    Exercise(
        "8.2",
        "project-product",
        _PAGE,
        "The Hessian times a vector",
        ("pen", "computer"),
        40,
        needs="{ref}`project-gradient`",
        hint=r"$\nabla^2\ell(w)v$ is the derivative of $\nabla\ell(w+tv)$ by $t$ at $t=0$. Go through your gradient "
        "line by line and differentiate each by $t$.",
        sketch=r"Write a dot for the derivative. $\dot h=(1-h^2)\cdot(\dot Ax+\dot b)$ and "
        r"$\dot r=(C\dot h+\dot Ch+\dot c)/n$; then $\dot k=(C^\top\dot r+\dot C^\top r)\cdot(1-h^2)-2(C^\top r)\cdot "
        r"h\cdot\dot h$.",
        own="the derivation.",
        parts=(
            Test(
                "product",
                "a function of w, v, images and targets: the Hessian at w times v, to rounding",
                _network_checks.product,
                3,
            ),
        ),
    ),
    Exercise(
        "8.3",
        "project-top",
        _PAGE,
        "The sharpness at the start",
        ("computer",),
        15,
        needs="{ref}`project-product`",
        hint="`samlib.spectrum.top_eigenpair` takes a function v ↦ Hv and the dimension.",
        sketch="`top_eigenpair(lambda v: product(w, v, images, targets), w.size)` has a `value` and a `vector`.",
        given={"seed": 1},
        choices={"seed": tuple(range(2, 10))},
        parts=(
            Test("value", "λ_max of the Hessian at `digits.start(«seed»)`, with 200 images", _measured.top_value),
            Test("vector", "its eigenvector, 910 numbers", _measured.top_vector),
        ),
    ),
    Exercise(
        "8.4",
        "project-edge",
        _PAGE,
        "Gradient descent comes to its edge",
        ("computer",),
        30,
        needs="{ref}`project-top`",
        hint="`samlib.trajectory(samlib.GradientDescent(eta), network, start, 1200)` has all points of the run.",
        sketch="Take every 200th point of the run, and λ_max at each.",
        given={"eta": 0.8, "seed": 70},
        choices=_RUNS,
        parts=(
            Test(
                "sharpness",
                "λ_max after 0, 200, …, 1200 gradients of gradient descent with η = «eta» from `digits.start(«seed»)`",
                _measured.sharpness,
                2,
            ),
            Test("edge", "the curvature beyond which gradient descent on a quadratic diverges", _measured.edge),
            Choice(
                "stays",
                "where does λ_max stay in the end?",
                "near the edge",
                {
                    "below half of the edge": "compare your last numbers with 2/η.",
                    "it grows without end": "compare your last numbers with each other.",
                    "it returns to its value at the start": "compare the first number with the last.",
                },
            ),
        ),
    ),
    Exercise(
        "8.5",
        "project-sam",
        _PAGE,
        "SAM at the same cost",
        ("computer", "figure"),
        45,
        needs="{ref}`project-edge`",
        hint="A step of SAM costs two gradients. How many steps may it make in all, and how many between two "
        "measurements?",
        sketch="600 steps, and every 100th point. `samlib.SAM(eta, rho)` takes the place of `samlib.GradientDescent`.",
        given={"eta": 0.8, "seed": 70},
        choices=_RUNS,
        numbers_of="8.4",
        own="the plot: λ_max over the number of gradients, a curve for each radius, the edge, a legend.",
        parts=(
            Test(
                "curves",
                "λ_max after 0, 200, …, 1200 gradients of SAM with ρ = 0.05, 0.1, 0.2 (rows), η and start as in 8.4",
                _measured.curves,
                2,
            ),
            Test(
                "ends",
                "λ_max after 1200 gradients: a row for each of the seeds «seed», «seed» + 1, «seed» + 2, and in it "
                "gradient descent and then SAM with the three radii",
                _measured.ends,
                2,
            ),
            Choice(
                "loss",
                "after the same number of gradients, which run has the highest loss on these images?",
                "SAM with the largest radius",
                {
                    "gradient descent": "compute the loss at the four ends. A radius does not only move SAM to flat "
                    "places, it also keeps it from the bottom.",
                    "they are all equal": "compute the loss at the four ends.",
                },
            ),
        ),
    ),
    Exercise(
        "8.6",
        "project-bounce",
        _PAGE,
        "Does it bounce?",
        ("computer",),
        25,
        needs="{ref}`project-sam`, {prf:ref}`theorem-21`",
        hint="Take $e_1$ once, at the point where the last 100 steps begin, and the gradients at the points from which "
        "these steps are made.",
        sketch="With the 100 numbers $s_t=\\langle e_1,\\nabla\\ell(w_t)\\rangle$: in which share of the 99 pairs is "
        "$s_ts_{t+1}<0$?",
        given={"eta": 0.8, "seed": 70},
        choices=_RUNS,
        numbers_of="8.4",
        parts=(
            Test(
                "alternation",
                "the share of sign changes of ⟨e₁, ∇ℓ⟩ among the last 100 steps, of gradient descent and of SAM with "
                "ρ = 0.1: two numbers",
                _measured.alternation,
            ),
            Test(
                "alignment",
                "the mean of |⟨e₁, ∇ℓ⟩|/‖∇ℓ‖ over the last 100 steps of SAM with ρ = 0.1",
                _measured.alignment,
            ),
            Choice(
                "alone",
                "what do signs that alternate show by themselves?",
                "little: those of gradient descent do so too",
                {
                    "that SAM is in the bounce of Theorem 21": "there the whole gradient is along e₁. How large is "
                    "the share that you measured?",
                    "that the run diverges": "it goes over the bottom along e₁, and comes back.",
                },
            ),
        ),
    ),
    Exercise(
        "8.7",
        "project-drift",
        _PAGE,
        "Where the hypotheses hold",
        ("pen", "computer"),
        45,
        needs="{prf:ref}`theorem-21`, {ref}`project-product`",
        hint=r"$\nabla\lambda_{\max}=D^3\ell(e_1,e_1,\cdot)$ is the second derivative of $\nabla\ell(w+te_1)$ by $t$ "
        "at $t=0$: three gradients give it.",
        sketch=r"$(\nabla\ell(w+he)-2\nabla\ell(w)+\nabla\ell(w-he))/h^2$ with $h=10^{-3}$. The step goes from "
        r"$w_z+ae_1$ to $w_z-ae_1$ plus the drift: add $ae_1$ and measure. The prediction is drift times slope, "
        r"$-\frac{2\eta\rho^2}{(2-\eta\lambda_1)^2}\norm{\nabla\lambda_{\max}}^2$.",
        given={"seed": 1, "x": 0.5, "rho": 0.01},
        choices={"seed": (2, 4, 5, 7, 8, 9), "x": (0.3, 0.4, 0.6), "rho": (0.008, 0.009, 0.011, 0.012)},
        own="how well prediction and measurement agree, and how that changes with ρ.",
        parts=(
            Test(
                "slope",
                "a function of w, e, images and targets: $D^3\\ell(w)(e,e,\\cdot)$",
                _network_checks.slope,
                2,
            ),
            Test(
                "step",
                "(minimum, predicted, measured): a minimum for the first 20 images, found from `digits.start(«seed»)`, "
                "and the change of λ_max in one step of SAM from its bounce, with ηλ₁ = «x» and ρ = «rho»",
                _measured.one_step,
                3,
            ),
            Test(
                "many",
                "(minimum, change): the change of λ_max from the minimum to half-way between the last two points of "
                "200 such steps",
                _measured.many_steps,
            ),
            Choice(
                "why",
                "why is it less than 200 times the first?",
                "the descent undoes what leads off the floor",
                {
                    "the signs stop alternating": "look at them: they alternate to the end.",
                    "rounding errors add up": "they are smaller than the change by ten powers of ten.",
                    "Theorem 21 is wrong by a factor": "it is right for the one step that it speaks of.",
                },
            ),
        ),
    ),
    Exercise(
        "8.8",
        "project-reading",
        _PAGE,
        "An honest reading",
        ("pen",),
        25,
        needs="{prf:ref}`theorem-21`",
        hint="Read the hypotheses of the theorem one by one beside your numbers, and count its steps.",
        sketch="In 8.7 you have put SAM where the theorem wants it. Who put it there in 8.5?",
        own="half a page on what your measurements show, what they do not show, and what you would measure next.",
        parts=(
            Choice(
                "steps",
                "of how many steps does Theorem 21 speak?",
                "one",
                {
                    "as many as one likes": "its remainder belongs to one step; in many of them remainders add up.",
                    "all steps until the signs stop alternating": "that is a hope about many steps; the statement is "
                    "about one.",
                },
            ),
            Choice(
                "curvature",
                "at the end of SAM's run with ρ = 0.05 in 8.5: does ηλ₁ < 1 hold, as the theorem wants?",
                "no",
                {"yes": "multiply your η with the last number of the first row."},
            ),
            Choice(
                "supported",
                "which sentence do your measurements support?",
                "SAM came to flatter places here, and near a minimum one step moved as predicted",
                {
                    "Theorem 21 explains why SAM came to flatter places in 8.5": "its hypotheses do not hold there: "
                    "no minimum, a gradient that is not along e₁, and ηλ₁ > 1.",
                    "SAM generalises better because its minima are flat": "you measured nothing on images that the "
                    "network had not seen, and SAM was at no minimum.",
                    "SAM finds flatter minima for every network": "this was one small network on two hundred images.",
                },
            ),
        ),
    ),
)
