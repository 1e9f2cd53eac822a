import { mapValues } from 'es-toolkit/object/mapValues';
import * as z from 'zod';
import { UserError } from '../../errors.js';
import { optionName } from '../../messages/vocabulary.js';
import { labelName } from '../label-names.js';
import { isMissing } from '../table/cells.js';

/** The spellings of each kind of label, compared as `labelName` has it: 1, +1 and 1.0 are one label. */
export interface LabelSpelling {
  readonly normal: readonly string[];
  readonly anomaly: readonly string[];
  readonly unlabeled: readonly string[];
}

/** The spellings that a user gives. */
export type GivenSpelling = Readonly<Partial<Record<keyof LabelSpelling, readonly string[] | undefined>>>;

/** The paper's semi-targets as a column holds them. */
export const SEMI_TARGET_SPELLING: LabelSpelling = {
  normal: ['1'],
  anomaly: ['-1'],
  unlabeled: ['', '0'],
};

export const labelSpelling = z.strictObject({
  normal: z.array(z.string()),
  anomaly: z.array(z.string()),
  unlabeled: z.array(z.string()),
});

/** What is known of a sample: +1 normal, −1 an anomaly, 0 nothing. */
export type SemiTarget = 1 | -1 | 0;

/**
 * The spelling that a user gives, with the defaults of the kinds that they leave out, less what they give to another kind.
 *
 * @returns the defaults themselves where these or nothing is given
 */
export function spellingOf(given: GivenSpelling, defaults: LabelSpelling): LabelSpelling {
  if (given === defaults || (!given.normal && !given.anomaly && !given.unlabeled)) return defaults;
  const taken = new Set(
    [given.normal, given.anomaly, given.unlabeled].flatMap((labels = []) => labels.map(labelName)),
  );
  const left = (labels: readonly string[]) => labels.filter((label) => !taken.has(labelName(label)));
  return {
    normal: given.normal ?? left(defaults.normal),
    anomaly: given.anomaly ?? left(defaults.anomaly),
    unlabeled: given.unlabeled ?? left(defaults.unlabeled),
  };
}

/** A spelling as descriptions of inputs hold it. */
export function spellingCopy(spelling: LabelSpelling): z.infer<typeof labelSpelling> {
  return mapValues(spelling, (labels) => [...labels]);
}

/**
 * What reads labels; it gives undefined for a spelling of no kind. A cell whose value is missing is read as an empty one, unless it is
 * spelled itself.
 *
 * @throws UserError where one spelling means two things
 */
export function labelReader(spelling: LabelSpelling): (label: string) => SemiTarget | undefined {
  const meanings = new Map<string, SemiTarget>();
  for (const [meaning, spellings] of [
    [1, spelling.normal],
    [-1, spelling.anomaly],
    [0, spelling.unlabeled],
  ] as const) {
    for (const label of spellings.map(labelName)) {
      const other = meanings.get(label);
      if (other !== undefined && other !== meaning) {
        throw new UserError(
          `label "${label}" is given two meanings: ${nameOf(other)} and ${nameOf(meaning)}; take one away (${meaningOptions()})`,
        );
      }
      meanings.set(label, meaning);
    }
  }
  return (label) =>
    meanings.get(label) ??
    meanings.get(labelName(label)) ??
    (isMissing(label) ? meanings.get('') : undefined);
}

/** What a reader accepts, for a message. */
export function describeSpelling({ normal, anomaly, unlabeled }: LabelSpelling): string {
  const listed = (labels: readonly string[]) =>
    labels.map((label) => (label === '' ? 'nothing' : label)).join(' or ') || 'no label';
  return `${listed(normal)} for normal, ${listed(anomaly)} for an anomaly, ${listed(unlabeled)} for unlabeled`;
}

function nameOf(semiTarget: SemiTarget): string {
  return { '1': 'normal', '-1': 'an anomaly', '0': 'unlabeled' }[`${semiTarget}`];
}

/** What messages call the options that say what labels mean. */
export function meaningOptions(): string {
  return ['normal', 'anomaly', 'unlabeled'].map(optionName).join(', ');
}

/** Whether a user says what labels mean, and does not leave it to the default. */
export function isSpelled(given: GivenSpelling = {}): boolean {
  return spellingOf(given, SEMI_TARGET_SPELLING) !== SEMI_TARGET_SPELLING;
}

/**
 * Checks that nothing is said of what labels mean where they have no texts: those of time series are 0 and 1.
 *
 * @throws UserError where it is
 */
export function checkUnspelled(given: GivenSpelling | undefined): void {
  if (!isSpelled(given)) return;
  throw new UserError(
    `${meaningOptions()} are for labels that are texts; those of time series are 0 (normal) and 1 (anomalous): leave them out`,
  );
}
