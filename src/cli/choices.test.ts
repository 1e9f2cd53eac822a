import { expect, test } from '@jest/globals';
import { IMAGE_NETWORK_NAMES } from '../data/dataset.js';
import { GROUPS } from '../data/descriptor.js';
import { MISSING_POLICIES } from '../data/table/columns.js';
import * as datasets from './datasets.js';
import * as fit from './fit.js';

test('choices that commands spell, since they start without what knows of data, are all that there are', () => {
  expect(fit.options.network.choices).toEqual(IMAGE_NETWORK_NAMES);
  expect(fit.options.missing.choices).toEqual(MISSING_POLICIES);
  expect(datasets.options.group.choices).toEqual(GROUPS);
});
