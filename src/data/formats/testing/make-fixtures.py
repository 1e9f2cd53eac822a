"""Writes the fixtures beside it with SciPy and NumPy, as a check on our readers that does not rest on our own writers.

    python3 make-fixtures.py        (NumPy 2.4, SciPy 1.17)

Arrays named by a type hold the numbers 0, 1, 2 ... in row-major order, as 3 x 2, less 2 where the type has a sign.
"""

from pathlib import Path

import numpy as np
from scipy.io import savemat
from scipy.sparse import csc_array

folder = Path(__file__).parent / 'fixtures'
kinds = ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8']


def numbers(kind):
    return (np.arange(6).reshape(3, 2) - (kind[0] != 'u') * 2).astype(kind)


arrays = {kind: numbers(kind) for kind in kinds}
others = {
    'complex': np.ones((2, 2)) * 1j,
    'text': 'words',
    'cells': np.array([[1, 'a']], dtype=object),
    'struct': {'field': 1.0},
    'sparse': csc_array(np.eye(3)),
    'logical': np.array([[True, False]]),
}
savemat(folder / 'plain.mat', arrays | others)
savemat(folder / 'compressed.mat', arrays | others, do_compression=True)

arrays |= {f'{kind}_fortran': np.asfortranarray(numbers(kind)) for kind in kinds}
arrays |= {'big_endian': numbers('>f8'), 'bool': np.array([[True, False]]), 'scalar': np.array(7.0)}
arrays |= {'objects': np.array([1, 'a'], dtype=object), 'half': numbers('f2'), 'text': np.array(['a', 'b'])}
arrays |= {'huge': np.array([2**53 + 1]), 'records': np.array([(1, 2.0)], dtype='i4,f8')}
np.savez(folder / 'stored.npz', **arrays)
np.savez_compressed(folder / 'deflated.npz', **arrays)

table = {'X': np.arange(8.0).reshape(4, 2), 'y': np.array([0, 1, 0, 2]), 'z': np.array([1, 2, 0, 0])}
savemat(folder / 'arrays.mat', table)
np.savez(folder / 'arrays.npz', **table)
