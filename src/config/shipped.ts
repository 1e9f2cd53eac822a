import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PACKAGE_ROOT } from '../package.js';

/** The names of the configs that come with this package: their paths in configs/, quickstart first, without those of our own checks. */
export function shippedConfigs(): string[] {
  const files = readdirSync(join(PACKAGE_ROOT, 'configs'), { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -5).split(sep).join('/'));
  return ['quickstart', ...names.filter((name) => name !== 'quickstart' && !name.startsWith('ci/')).sort()];
}
