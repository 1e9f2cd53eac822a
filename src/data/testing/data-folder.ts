import { existsSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../package.js';

/** The folder of real data files, for tests that need them. */
export const DATA_FOLDER = process.env.DEEPSAD_DATA ?? path.join(PACKAGE_ROOT, '../shared/datasets');

/** Whether it holds them. */
export const HAS_DATA =
  existsSync(path.join(DATA_FOLDER, 'adbench')) && existsSync(path.join(DATA_FOLDER, 'odds'));

/** What to add to the names of tests that need them: why they are skipped, where they are. */
export const WHY_SKIPPED = HAS_DATA ? '' : ` (skipped: no data files in ${DATA_FOLDER})`;

/** Whether the Debian package of Fashion-MNIST is installed. */
export const HAS_FASHION_MNIST = existsSync('/usr/share/datasets/fashion-mnist');

/** What to add to the names of tests that need it. */
export const WHY_NO_FASHION = HAS_FASHION_MNIST ? '' : ' (skipped: no Debian package dataset-fashion-mnist)';
