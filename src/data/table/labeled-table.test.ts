import { expect, test } from '@jest/globals';
import { labeledTable } from './labeled-table.js';

const array = (shape: readonly number[], ...values: number[]) => ({
  shape,
  values: Float64Array.from(values),
});
const features = array([2, 3], 1, 2, 3, 4, 5, 6);

test.each([[[2]], [[2, 1]], [[1, 2]]])('labels of shape %j', (shape) => {
  expect(labeledTable(features, array(shape, 0, 1), 'x.mat', 'y')).toEqual({
    shape: [3],
    values: features.values,
    labels: Float64Array.of(0, 1),
  });
});

test.each([
  [
    'features of one axis',
    array([2], 1, 2),
    array([2], 0, 1),
    'x.mat: expected X to be rows × features, found shape (2)',
  ],
  ['no rows', array([0, 3]), array([0]), 'expected X to be rows × features, found shape (0, 3)'],
  [
    'too few labels',
    features,
    array([1], 0),
    'expected y to hold one label for each of the 2 rows of X, found shape (1)',
  ],
  ['a matrix of labels', array([4, 1], 1, 2, 3, 4), array([2, 2], 0, 1, 0, 1), 'found shape (2, 2)'],
  [
    'NaN',
    array([2, 3], 1, 2, 3, 4, Number.NaN, 6),
    array([2], 0, 1),
    'x.mat: expected finite numbers, found NaN in X, row 2, column 2 (counted from 1)',
  ],
  [
    'infinity',
    array([1, 2], 1, Number.POSITIVE_INFINITY),
    array([1], 0),
    'found Infinity in X, row 1, column 2',
  ],
  [
    'a label that is infinite',
    features,
    array([2], 0, Number.POSITIVE_INFINITY),
    'found Infinity in y, row 2, column 1',
  ],
])('refuses %s', (_, X, y, message) => {
  expect(() => labeledTable(X, y, 'x.mat', 'y')).toThrow(message);
});
