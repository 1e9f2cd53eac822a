import { sum } from 'es-toolkit/math/sum';
import { UserError } from '../errors.js';
import { few } from '../messages/counted.js';
import { optionName } from '../messages/vocabulary.js';
import { labelName } from './label-names.js';
import { shown } from './table/cells.js';

/** How many samples of each kind there are, by their labels as the data spell them; undefined where these have no text. */
export type LabelCounts = Readonly<Record<Kind, ReadonlyMap<string | undefined, number>>>;

type Kind = 'normal' | 'anomaly' | 'unlabeled';

const KINDS: readonly Kind[] = ['normal', 'anomaly', 'unlabeled'];

/** Counts labels as they are read. */
export class LabelTally {
  readonly counts = {
    normal: new Map<string | undefined, number>(),
    anomaly: new Map<string | undefined, number>(),
    unlabeled: new Map<string | undefined, number>(),
  } satisfies LabelCounts;

  /** Counts samples by what their labels were taken to mean: +1 normal, −1 an anomaly, 0 nothing. */
  add(semiTargets: Int8Array, labels?: readonly string[]): void {
    semiTargets.forEach((semiTarget, i) => {
      const counts = this.counts[semiTarget > 0 ? 'normal' : semiTarget < 0 ? 'anomaly' : 'unlabeled'];
      const label = labels?.[i];
      counts.set(label, (counts.get(label) ?? 0) + 1);
    });
  }
}

/** How many samples have labels of a kind. */
export function countOf(counts: LabelCounts, kind: Kind): number {
  return sum([...counts[kind].values()]);
}

const TITLES: Readonly<Record<Kind, string>> = {
  normal: 'labeled normal',
  anomaly: 'labeled anomalies',
  unlabeled: 'unlabeled',
};

/**
 * How many samples of each kind there are, and which labels were taken for it, as one phrase.
 *
 * @param titles what to call the kinds; those without a title are left out
 */
export function describeCounts(
  counts: LabelCounts,
  titles: Readonly<Partial<Record<Kind, string>>> = TITLES,
): string {
  return KINDS.filter((kind) => titles[kind] !== undefined)
    .map((kind) => `${countOf(counts, kind)} ${titles[kind]}${spellings(counts[kind])}`)
    .join(', ');
}

/** Labels that a message lists of a kind. */
const LISTED = 5;

/** The labels of a kind in brackets, the most frequent first, each with its count where there are several; nothing where there are none. */
export function spellings(counts: ReadonlyMap<string | undefined, number>): string {
  const spelled = [...counts].flatMap(([label, count]) => (label === undefined ? [] : [{ label, count }]));
  if (spelled.length === 0) return '';
  if (spelled.length === 1) return ` (${named(spelled[0].label)})`;
  const sorted = spelled.sort((a, b) => b.count - a.count);
  return ` (${few(sorted, LISTED, ({ label, count }) => `${named(label)}: ${count}`)})`;
}

/** A label as messages show it: bare where it is one plain word. */
function named(label: string): string {
  return /^[\p{L}\p{N}_.+-]{1,40}$/u.test(label) ? label : shown(label);
}

/**
 * What makes labels implausible that a detector is fitted on.
 *
 * @param place what messages call where they stand
 * @param isDefault whether the user leaves it to the default what they mean
 * @returns warnings
 * @throws UserError where the default cannot tell what a label means: 1 alone, or beside 0 or nothing, is as often an anomaly
 */
export function doubtLabels(counts: LabelCounts, place: string, isDefault: boolean): string[] {
  const [normal, anomalies, unlabeled] = KINDS.map((kind) => countOf(counts, kind));
  const ones = [...counts.normal.keys()];
  if (isDefault && anomalies === 0 && normal > 0 && ones.every((label) => labelName(label ?? '') === '1')) {
    const [normalName, anomalyName] = ['normal', 'anomaly'].map(optionName);
    const rest = [...counts.unlabeled.keys()].map((label) => label ?? '');
    const others = unlabeled === 0 ? 'alone' : `beside ${rest.map(shown).join(' and ')} (${unlabeled}) alone`;
    const pair = rest.some((label) => labelName(label) === '0')
      ? `${normalName} 0 ${anomalyName} 1, or `
      : '';
    const single = unlabeled === 0 ? '' : ' with all else unlabeled';
    throw new UserError(
      `${place}: the label 1 (${normal}) ${others} may mean normal or anomaly; say which: ${pair}${anomalyName} 1 or ${normalName} 1${single}`,
    );
  }
  if (normal + anomalies === 0) return [`${place}: no sample has a label`];
  // A semi-target of -1 says it, the name of a folder that is not known to be normal does not.
  const guessed = [...counts.anomaly.keys()].filter(
    (label) => label !== undefined && labelName(label) !== '-1',
  );
  return [
    ...(isDefault && normal === 0 && guessed.length > 0
      ? [
          `${place}: no sample is labeled normal, and all labels are taken for anomalies${spellings(counts.anomaly)}; say which are ` +
            `normal (${optionName('normal')})`,
        ]
      : []),
    ...outnumbering(place, anomalies, normal + unlabeled),
  ];
}

/** A warning where there are more anomalies than other samples. */
export function outnumbering(place: string, anomalies: number, others: number): string[] {
  if (anomalies <= others) return [];
  return [
    `${place}: more anomalies (${anomalies}) than others (${others}); is their meaning the other way round?`,
  ];
}
