import * as z from 'zod';
import { UserError } from '../../errors.js';

/** The spellings of each kind of label. Numbers are compared by value: 1, +1 and 1.0 are one label. */
export interface LabelSpelling {
  readonly normal: readonly string[];
  readonly anomaly: readonly string[];
  readonly unlabeled: readonly string[];
}

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

/**
 * What reads labels: +1 for normal, −1 for an anomaly, 0 for unlabeled, undefined for a spelling of none of them.
 *
 * @throws UserError where one spelling means two things
 */
export function labelReader(spelling: LabelSpelling): (label: string) => 1 | -1 | 0 | undefined {
  const meanings = new Map<string, 1 | -1 | 0>();
  for (const [meaning, spellings] of [
    [1, spelling.normal],
    [-1, spelling.anomaly],
    [0, spelling.unlabeled],
  ] as const) {
    for (const label of spellings.map(labelName)) {
      const other = meanings.get(label);
      if (other !== undefined && other !== meaning) {
        throw new UserError(
          `label "${label}" is given two meanings: ${nameOf(other)} and ${nameOf(meaning)}; take one away (--normal, --anomaly, --unlabeled)`,
        );
      }
      meanings.set(label, meaning);
    }
  }
  return (label) => meanings.get(label) ?? meanings.get(labelName(label));
}

/** What a reader accepts, for a message. */
export function describeSpelling({ normal, anomaly, unlabeled }: LabelSpelling): string {
  const listed = (labels: readonly string[]) =>
    labels.map((label) => (label === '' ? 'nothing' : label)).join(' or ') || 'no spelling';
  return `${listed(normal)} for normal, ${listed(anomaly)} for an anomaly, ${listed(unlabeled)} for unlabeled`;
}

/** A label as a name; equal numbers have one name, however they are written. */
export function labelName(label: string): string {
  return label !== '' && !Number.isNaN(Number(label)) ? String(Number(label)) : label;
}

function nameOf(semiTarget: 1 | -1 | 0): string {
  return { '1': 'normal', '-1': 'an anomaly', '0': 'unlabeled' }[`${semiTarget}`];
}
