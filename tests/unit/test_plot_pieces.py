"""What the pieces of `samlib.plots` draw, read off the drawn lines."""

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.quiver import Quiver

import samlib
from samlib import plots


def drawn(axes):
    return [(line.get_label(), line.get_color(), line.get_linestyle(), line.get_xydata()) for line in axes.get_lines()]


def test_curves_are_drawn_over_their_axis_in_order_each_with_its_companion():
    first, second = np.array([1.0, 3.0, 2.0]), np.array([0.0, -1.0, 5.0])
    picture = plots.curves({"a": first, "b": second}, "step", "$y$", x=[1, 2, 4], dashed={"b": 2 * second})
    (axes,) = picture.axes
    a, b, companion = drawn(axes)
    assert (a[:3], b[:3]) == (("a", plots.BLUE, "-"), ("b", plots.ORANGE, "-"))
    assert companion[2] == "--"
    np.testing.assert_array_equal(a[3], np.stack([[1, 2, 4], first], axis=-1))
    np.testing.assert_array_equal(b[3], np.stack([[1, 2, 4], second], axis=-1))
    np.testing.assert_array_equal(companion[3], np.stack([[1, 2, 4], 2 * second], axis=-1))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "$y$")


def test_curves_without_an_axis_count_from_zero():
    (axes,) = plots.curves({"a": [5.0, 6.0, 7.0]}, "step", "").axes
    np.testing.assert_array_equal(axes.get_lines()[0].get_xdata(), [0, 1, 2])


@pytest.mark.parametrize(
    ("series", "dashed", "message"),
    [
        ({name: [1.0] for name in "abcd"}, None, "at most 3 curves, one for each colour, got 4"),
        ({"a": [1.0]}, {"b": [1.0]}, "'b', which is not among the curves a"),
    ],
)
def test_curves_that_do_not_fit_together_are_refused(series, dashed, message):
    with pytest.raises(ValueError, match=message):
        plots.curves(series, "", "", dashed=dashed)


def test_power_laws_have_guides_of_their_power_through_the_first_point():
    x = np.array([0.1, 0.2, 0.4])
    (axes,) = plots.power_laws(x, {"cubes": (5 * x**3, 3), "squares, say": (x**2.1, 2)}, "ρ").axes
    cubes, guide, squares, other = drawn(axes)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    np.testing.assert_allclose(cubes[3][:, 1], guide[3][:, 1])
    np.testing.assert_allclose(other[3][:, 1], squares[3][0, 1] * np.array([1, 4, 16]))
    assert guide[2] == other[2] == ":"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["cubes", "squares, say"]


def test_side_slopes_point_downhill_along_the_second_coordinate():
    ravine = samlib.FlatteningRavine()
    (axes,) = plots.side_slopes(ravine, (-2, 2), (-1, 1)).axes
    (arrows,) = (artist for artist in axes.collections if isinstance(artist, Quiver))
    points = np.stack([arrows.X, arrows.Y], axis=-1)
    np.testing.assert_array_equal(arrows.U, 0)
    np.testing.assert_allclose(arrows.V, -ravine.gradient(points)[..., 1])
    inside = np.abs(points[:, 0]) < 1 + points[:, 1] ** 2 / 2
    assert (np.sign(arrows.V) == np.where(inside, -1, 1) * np.sign(points[:, 1])).all()
    assert (np.abs(points) < [2, 1]).all()


def test_a_share_map_is_white_at_0_full_at_1_and_leaves_holes():
    x, y, share = np.arange(3.0), np.arange(4.0), np.linspace(0, 1, 12).reshape(4, 3)
    share[3, 0] = np.nan
    picture = plots.share_map(x, y, share, {"black": 2 * x}, ("$m$", "$x$", "share"))
    axes, bar = picture.axes
    (mesh,) = (artist for artist in axes.collections if isinstance(artist, QuadMesh))
    np.testing.assert_array_equal(np.ma.filled(mesh.get_array(), np.nan).reshape(4, 3), share)
    assert mesh.get_clim() == (0, 1)
    np.testing.assert_array_equal(axes.get_lines()[0].get_xydata(), np.stack([x, 2 * x], axis=-1))
    assert (axes.get_ylim(), axes.get_xlabel(), bar.get_ylabel()) == ((0, 3), "$m$", "share")
