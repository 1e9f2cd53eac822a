import { uniq } from 'es-toolkit/array/uniq';
import type { Run } from '../config/run.js';
import { normalClassesOf } from '../data/split.js';
import { columnsOf } from './columns.js';
import { preparedAs } from './dimensions.js';

/** A part of what tells runs apart, beside their detectors. */
const PARTS: readonly ((run: Run) => string)[] = [
  ({ dataset }) => dataset,
  ({ normalClass }) => `normal ${normalClassesOf(normalClass).join('+')}`,
  ({ knownAnomalyClasses }) => `known ${knownAnomalyClasses.join('+') || 'none'}`,
  ({ labeledAnomalyRatio }) => `γ_l ${labeledAnomalyRatio}`,
  ({ labeledNormalRatio }) => `labeled normal ${labeledNormalRatio}`,
  ({ pollutionRatio }) => `γ_p ${pollutionRatio}`,
  (run) => preparedAs(run),
  ({ seed }) => `seed ${seed}`,
];

/** Names each of these runs by its detector and what else tells it from the others. */
export function labelsOf(runs: readonly Run[]): (run: Run) => string {
  const columns = columnsOf(runs);
  const telling = PARTS.filter((part) => uniq(runs.map(part)).length > 1);
  return (run) => [columns.of(run), ...telling.map((part) => part(run))].join(', ');
}
