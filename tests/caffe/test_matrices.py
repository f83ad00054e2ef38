"""Linear algebra on stacks of matrices: against np.linalg, and where there is no result."""

import numpy as np
import pytest

from layerdsl.caffe.matrices import (
    _cholesky,
    _cofactors,
    _det,
    _eigenvalues,
    _eigenvectors,
    _inverse,
    _logdet,
    _solve,
)

LEADS = [(), (1,), (4,), (2, 3), (0,), (2, 0)]
SIZES = [1, 2, 5]


def some(*shape):
    return np.random.RandomState(sum(shape)).randn(*shape)


def worked_out(function, shape, *args):
    out = np.full(shape, 7.0, np.float32)
    function(*args, out)
    return out


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-5)


def turned(a):
    return np.swapaxes(a, -1, -2)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("size", SIZES)
def test_against_numpy(lead, size):
    a = some(*lead, size, size)
    close(worked_out(_inverse, a.shape, a), turned(np.linalg.inv(a)))
    close(worked_out(_det, lead, a), np.linalg.det(a))
    close(worked_out(_logdet, lead, a), np.log(np.abs(np.linalg.det(a))))
    close(worked_out(_cofactors, a.shape, a), np.linalg.det(a)[..., None, None] * turned(np.linalg.inv(a)))
    positive = np.matmul(a, turned(a)) + np.eye(size)
    close(worked_out(_cholesky, a.shape, positive), np.linalg.cholesky(positive))
    close(worked_out(_eigenvalues, (*lead, size), positive), np.linalg.eigvalsh(positive))


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("columns", [(), (1,), (3,), (2, 2), (0,)])
def test_systems(lead, columns):
    a, b = some(*lead, 3, 3), some(*lead, 3, *columns)
    found = worked_out(_solve, b.shape, a, b, len(columns))
    flat = b.reshape(*lead, 3, int(np.prod(columns)))
    close(np.matmul(a, found.reshape(flat.shape)), flat)


def test_one_side_of_a_system_may_lack_leading_axes():
    a, b = some(3, 3), some(4, 3)
    close(worked_out(_solve, (4, 3), a, b, 0), np.linalg.solve(a, b.T).T)
    a, b = some(4, 3, 3), some(1, 3, 2)
    close(worked_out(_solve, (4, 3, 2), a, b, 1), np.linalg.solve(a, np.repeat(b, 4, axis=0)))


def test_arguments_and_results_may_be_views():
    a = some(4, 3, 3)
    expected = worked_out(_inverse, a.shape, a)
    out = np.empty((3, 3, 4)).T
    _inverse(np.asfortranarray(a), out)
    close(out, expected)


@pytest.mark.parametrize("function", [_inverse, _cholesky, _eigenvectors, _cofactors])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_no_result_and_harms_no_other(function, bad):
    a = np.stack([np.eye(2) * 2, np.eye(2) * 3, np.eye(2) * 4])
    expected = worked_out(function, a.shape, a)
    a[1, 0, 1] = bad
    found = worked_out(function, a.shape, a)
    assert np.isnan(found[1]).all()
    close(found[[0, 2]], expected[[0, 2]])


def test_singular_matrices_have_no_inverse_and_harm_no_other():
    a = np.stack([np.eye(2) * 2, np.ones((2, 2)), np.zeros((2, 2))])
    found = worked_out(_inverse, a.shape, a)
    assert np.isnan(found[1:]).all()
    close(found[0], np.eye(2) / 2)
    solved = worked_out(_solve, (3, 2), a, np.ones((3, 2)), 0)
    assert np.isnan(solved[1:]).all()
    close(solved[0], [0.5, 0.5])


def test_what_is_not_positive_definite_has_no_factor():
    a = np.stack([np.eye(2), -np.eye(2), np.diag([1.0, 0.0])])
    found = worked_out(_cholesky, a.shape, a)
    assert np.isnan(found[1:]).all()
    close(found[0], np.eye(2))


def test_a_singular_matrix_has_a_determinant_and_cofactors():
    a = np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], np.zeros((3, 3)), np.diag([1.0, 1.0, 0.0])])
    close(worked_out(_det, (3,), a), [0, 0, 0])
    found = worked_out(_cofactors, a.shape, a)
    close(found[0], [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]])
    close(found[1], np.zeros((3, 3)))
    close(found[2], np.diag([0, 0, 1]))
    assert worked_out(_logdet, (3,), a)[1] == -np.inf


def test_a_matrix_without_rows_has_the_determinant_one():
    assert worked_out(_det, (2,), np.empty((2, 0, 0))).tolist() == [1, 1]
    assert worked_out(_logdet, (2,), np.empty((2, 0, 0))).tolist() == [0, 0]


def test_only_the_symmetric_part_counts():
    a = np.array([[2.0, 1.0], [0.0, 3.0]])
    even = (a + a.T) / 2
    close(worked_out(_cholesky, (2, 2), a), np.linalg.cholesky(even))
    close(worked_out(_eigenvalues, (2,), a), np.linalg.eigvalsh(even))


@pytest.mark.parametrize("size", SIZES)
def test_eigenvectors(size):
    a = some(6, size, size)
    even = (a + turned(a)) / 2
    vectors, values = worked_out(_eigenvectors, a.shape, a), worked_out(_eigenvalues, a.shape[:-1], a)
    close(np.matmul(even, vectors), vectors * values[:, None, :])
    close(np.matmul(turned(vectors), vectors), np.broadcast_to(np.eye(size), a.shape))
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], axis=1)
    assert (largest > 0).all()


def test_of_equal_entries_the_first_is_positive():
    found = worked_out(_eigenvectors, (2, 2), np.array([[0.0, 1.0], [1.0, 0.0]]))
    close(found, np.array([[1, 1], [-1, 1]]) * 0.5**0.5)
