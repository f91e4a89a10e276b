"""The live figure `ScalarBounce` as a Python object: one dimension, its settings, its picture in words."""

from typing import Any

import numpy as np
import pytest
from traitlets import TraitError

from samlib.live import ScalarBounce

SETTINGS: dict[str, dict[str, Any]] = {name: setting for name, _, setting in ScalarBounce.SETTINGS}


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("start", [2.5], r"start must be within \[-2, 2\], got 2.5"),
        ("start", [1.0, 1.0], "length"),
        ("eigenvalues", [1.0, 0.5], "length"),
        ("eigenvalues", [0.0], r"eigenvalues must be within \[0.05, 2\], got 0"),
    ],
)
def test_a_bad_value_is_named_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = ScalarBounce()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before


def test_the_step_size_stays_below_two_over_lambda() -> None:
    with pytest.raises(TraitError, match=r"eta must be below 2/λ₁ = 1 .*got eta = 1 with λ₁ = 2"):
        ScalarBounce(eigenvalues=[2.0], eta=1.0)


def test_a_path_has_one_coordinate_and_each_setting_does_what_it_is_called() -> None:
    paths = {name: ScalarBounce(**setting, steps=100).path() for name, setting in SETTINGS.items()}
    assert {path.shape for path in paths.values()} == {(101, 1)}
    signs = np.sign(paths["descent"][:, 0])
    assert signs[:3].tolist() == [1, 1, 1]  # 2, 0.8, 0.08 = 0.6·0.8 − 0.4
    assert (signs[3:] == -signs[2:-1]).all()
    assert not paths["zero"][1:].any()  # (1 − ½)·1 − ½ = 0
    np.testing.assert_array_equal(np.abs(paths["once"][1:]), 1)  # −1·sign(w)
    assert (np.diff(np.abs(paths["large"][:, 0])) > 0).all()  # outwards, as ηλ > 1, from 0.1 to 0.19/0.1


def test_the_words_of_the_picture_follow_the_state() -> None:
    # a = ηρλ/(2 − ηλ) = 0.2/1.8
    words = ScalarBounce(eta=0.2, start=[-1.5], steps=12).alt
    assert "λ = 1, η = 0.2, ρ = 1, start (-1.5)" in words
    assert "12 steps" in words
    assert words.endswith("the predicted two-cycle is ±0.1111.")
