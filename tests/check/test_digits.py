"""The project's network has the derivatives it says, and one run's numbers are the same in all its questions."""

import numpy as np
import pytest

import samlib
from samlib.check import EXERCISES, digits, for_student


def test_the_gradient_and_the_hessian_are_derivatives():
    network = digits.Network(*digits.data(30), width=2)
    w = digits.start(3, width=2) * 2
    assert w.size == network.dimension == 160
    assert isinstance(network, samlib.losses.Loss)
    steps = 1e-5 * np.eye(w.size)
    slopes = [(network.value(w + h) - network.value(w - h)) / 2e-5 for h in steps]
    np.testing.assert_allclose(network.gradient(w), slopes, atol=1e-9)
    columns = [(network.gradient(w + h) - network.gradient(w - h)) / 2e-5 for h in steps]
    np.testing.assert_allclose(network.hessian(w), columns, atol=1e-8)
    assert network.top(w).value == pytest.approx(np.linalg.eigvalsh(network.hessian(w))[-1], rel=1e-9)


def test_images_and_targets_are_the_digits():
    images, targets = digits.data(1797)
    np.testing.assert_allclose(images.mean(axis=0), 0, atol=1e-12)
    assert np.ptp(images, axis=0).max() <= 2
    assert (targets.sum(axis=1) == 1).all()
    images[:] = 9
    assert digits.data(1)[0].max() < 9
    for count in (0, 1798):
        with pytest.raises(ValueError, match=f"1 … 1797, got {count}"):
            digits.data(count)


@pytest.mark.parametrize("size", [10, 84, 86])
def test_weights_of_no_network_are_refused(size):
    with pytest.raises(ValueError, match="75m"):
        digits.unpack(np.zeros(size))


def test_questions_about_one_run_share_its_numbers():
    drawn = {name: [for_student(name).given(one) for one in ("8.4", "8.5", "8.6")] for name in ("ada", "emmy", "sofja")}
    assert all(numbers == [numbers[0]] * 3 for numbers in drawn.values())
    assert len({str(numbers[0]) for numbers in drawn.values()}) > 1
    for one in EXERCISES.values():
        if one.numbers_of:
            assert one.choices == EXERCISES[one.numbers_of].choices
