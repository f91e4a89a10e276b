"""What the live figures share: synced traits with their ranges, validation, and the static picture for print."""

import base64
import itertools
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from samlib.live._verified import verified
from samlib.plots import Picture

BUNDLES = Path(__file__).parent / "bundles"
INDICES = "₁₂₃₄"
#: What explains how a run ends: outcome → (label of a statement, its name, what it says, as the end of a sentence).
Statements = dict[str, tuple[str, str, str]]


def bounded(default: float, low: float, high: float, step: float, label: str) -> traitlets.Float:
    """A synced number in [low, high] that a slider moves by `step`."""
    return traitlets.Float(default).tag(sync=True, min=low, max=high, step=step, label=label)


def whole(default: int, low: int, high: int, label: str) -> traitlets.Int:
    """A synced whole number in [low, high]."""
    return traitlets.Int(default).tag(sync=True, min=low, max=high, step=1, label=label, whole=True)


def vector(default: tuple[float, ...], low: float, high: float, step: float, label: str) -> traitlets.List[float]:
    """As many synced numbers as `default` has, each in [low, high]."""
    size = len(default)
    trait = traitlets.List(traitlets.Float(), list(default), minlen=size, maxlen=size)
    return trait.tag(sync=True, min=low, max=high, step=step, label=label, length=size)


def spectrum(default: tuple[float, ...], fewest: int, most: int, low: float, high: float) -> traitlets.List[float]:
    """Synced eigenvalues λ₁ ≥ … ≥ λ_d in [low, high], between `fewest` and `most` of them."""
    trait = traitlets.List(traitlets.Float(), list(default), minlen=fewest, maxlen=most)
    return trait.tag(sync=True, min=low, max=high, step=0.01, label="λ", fewest=fewest, most=most)


class LossFigure(anywidget.AnyWidget):
    """A figure of SAM on some loss that computes in the reader's browser, with or without a kernel.

    Defaults and ranges stand once, in the traits of the classes; JavaScript reads them from `ranges`. Setting a trait
    to a value outside raises `traitlets.TraitError` with the value and the range, and the figure stays as it was.

    Attributes
    ----------
    key : str
        Name of the figure on its page: its slot has the id ``fig-KEY``.
    alt : str
        The picture in words, for readers who do not see it; written from the state unless given.
    eta, rho : float
        Step size η and radius ρ of SAM.
    ranges, presets, initial, statements, verified
        Read only: the range of each numeric trait, the named settings, the state the figure was made with, the
        statements that explain the outcomes of a prediction, and what the parity tests found (`samlib.live._verified`).
    """

    _css = BUNDLES / "live.css"

    #: Names of the traits that make up the state of the figure.
    STATE: ClassVar[tuple[str, ...]] = ("eta", "rho")
    #: Named settings: (name, label, state).
    SETTINGS: ClassVar[tuple[tuple[str, str, dict[str, Any]], ...]] = ()
    #: What explains how a run ends, where the reader can predict it.
    STATEMENTS: ClassVar[Statements] = {}

    key = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    eta = bounded(0.2, 0.01, 1.98, 0.01, "η")
    rho = bounded(1.0, 0.05, 2.0, 0.05, "ρ")
    ranges = traitlets.Dict(read_only=True).tag(sync=True)
    presets: traitlets.List[Any] = traitlets.List(read_only=True).tag(sync=True)
    initial = traitlets.Dict(read_only=True).tag(sync=True)
    statements = traitlets.Dict(read_only=True).tag(sync=True)
    verified = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        unknown = sorted(set(traits) - set(self.trait_names()))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no trait {unknown[0]!r}; it has {', '.join(self.settable())}")
        super().__init__(**traits)
        self.set_trait("initial", self.state())
        self._described = not self.alt
        self._refresh_alt()

    @classmethod
    def settable(cls) -> list[str]:
        """Names of the traits a caller may set."""
        return ["key", "alt", *cls.STATE]

    def state(self) -> dict[str, Any]:
        """The traits that make up the figure's state, by name."""
        return {name: getattr(self, name) for name in self.STATE}

    def _refresh_alt(self) -> None:
        if self._described:
            self.alt = self.describe()

    def describe(self) -> str:
        """The static picture in words."""
        raise NotImplementedError

    def picture(self) -> Picture:
        """The state as a static picture."""
        raise NotImplementedError

    @traitlets.default("key")
    def _default_key(self) -> str:
        return type(self).__name__.lower()

    @traitlets.default("ranges")
    def _default_ranges(self) -> dict[str, dict[str, Any]]:
        wanted = ("min", "max", "step", "label", "length", "fewest", "most", "whole", "options", "longest")
        tags = {name: self.traits()[name].metadata for name in self.STATE}
        ranged = {name: tag for name, tag in tags.items() if tag.keys() & {"min", "options", "longest"}}
        return {name: {key: tag[key] for key in wanted if key in tag} for name, tag in ranged.items()}

    @traitlets.default("presets")
    def _default_presets(self) -> list[dict[str, Any]]:
        return [{"name": name, "label": label, "state": state} for name, label, state in self.SETTINGS]

    @traitlets.default("statements")
    def _default_statements(self) -> dict[str, dict[str, str]]:
        return {
            outcome: {"label": label, "name": name, "words": words}
            for outcome, (label, name, words) in self.STATEMENTS.items()
        }

    @traitlets.default("verified")
    def _default_verified(self) -> dict[str, Any]:
        # A class that a reader derives from one of ours runs the bundle of ours.
        ours = next(kind for kind in type(self).__mro__ if kind.__module__.startswith("samlib.live."))
        return verified(ours.__module__.rpartition(".")[2])

    @traitlets.validate("eta", "rho")
    def _check_step_sizes(self, proposal: Any) -> Any:
        return self.checked(proposal)

    def checked(self, proposal: Any) -> Any:
        """The proposed value of a trait, for the validator of one whose value must fit those of others."""
        name, value = proposal["trait"].name, proposal["value"]
        self.check_range(name, value)
        self.check_setting(**{**self.state(), name: value})
        return value

    def check_setting(self, *_: Any, **state: Any) -> None:
        """Raises TraitError where the values of the traits, given by name, do not fit each other."""

    def check_range(self, name: str, value: float | list[float]) -> None:
        """Raises TraitError, naming value and range, unless every number in `value` is within the trait's range."""
        tag = self.traits()[name].metadata
        low, high = tag["min"], tag["max"]
        for number in value if isinstance(value, list) else [value]:
            if not low <= number <= high:  # also refuses NaN
                raise traitlets.TraitError(f"{name} must be within [{low:g}, {high:g}], got {number:g}")

    def setting(self) -> str:
        """The parameters in words, for a picture's text."""
        return f"η = {self.eta:g}, ρ = {self.rho:g}"

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live view, and beside it the picture with its text for print and for pages without JavaScript."""
        self._refresh_alt()
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        data["image/png"] = base64.b64encode(self.picture().png()).decode("ascii")
        data["text/plain"] = self.alt
        return data, metadata


class LiveFigure(LossFigure):
    """A live figure of SAM on a quadratic.

    Attributes
    ----------
    eta, rho : float
        Step size 0 < η < 2/λ₁ and radius ρ of SAM.
    eigenvalues : list of floats
        λ₁ ≥ … ≥ λ_d > 0 of the quadratic ½ Σ λᵢwᵢ²; two of them unless a figure's class says otherwise.
    """

    STATE = (*LossFigure.STATE, "eigenvalues")

    eigenvalues = vector((1.0, 0.5), 0.05, 2.0, 0.01, "λ")

    @traitlets.validate("eigenvalues")
    def _check_eigenvalues(self, proposal: Any) -> Any:
        return self.checked(proposal)

    def check_setting(self, *, eta: float, eigenvalues: list[float], **_: Any) -> None:
        """Raises TraitError unless λ₁ ≥ … ≥ λ_d and η < 2/λ₁."""
        for i, (first, second) in enumerate(itertools.pairwise(eigenvalues)):
            if first < second:
                above, below = f"λ{INDICES[i]}", f"λ{INDICES[i + 1]}"
                raise traitlets.TraitError(
                    f"eigenvalues must have {above} ≥ {below}, got {above} = {first:g} < {below} = {second:g}"
                )
        top = eigenvalues[0]
        if eta * top >= 2:
            raise traitlets.TraitError(
                f"eta must be below 2/λ₁ = {2 / top:g} (beyond, SAM and gradient descent diverge), "
                f"got eta = {eta:g} with λ₁ = {top:g}"
            )

    def setting(self) -> str:
        names = [f"λ{index}" for index in INDICES] if len(self.eigenvalues) > 1 else ["λ"]
        eigenvalues = ", ".join(f"{name} = {value:g}" for name, value in zip(names, self.eigenvalues, strict=False))
        return f"{eigenvalues}, {super().setting()}"


class StartFigure(LiveFigure):
    """A live figure whose reader drags the start.

    Attributes
    ----------
    start : list of floats
        The point w₀ that the reader drags, two floats in the plane.
    """

    STATE = (*LiveFigure.STATE, "start")

    start = vector((2.0, 2.0), -3.0, 3.0, 0.01, "w₀")

    @traitlets.validate("start")
    def _check_start(self, proposal: Any) -> Any:
        self.check_range("start", proposal["value"])
        return proposal["value"]
