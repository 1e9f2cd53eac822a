import type { DatasetDefaults } from '../dataset.js';

/** The network that a user's table gets. */
export const TABLE_DEFAULTS: DatasetDefaults = {
  network: 'mlp',
  hiddenSizes: [32, 16],
  representationSize: 8,
};
