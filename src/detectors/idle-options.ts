import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqWith } from 'es-toolkit/array/uniqWith';
import { omit } from 'es-toolkit/object/omit';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import type * as z from 'zod';
import { grouped } from '../grouped.js';
import { type Options, withUsual } from './options.js';

/** Options of a detector as they were given, and what they resolved to. */
export interface ResolvedOptions {
  readonly given: Readonly<Record<string, unknown>>;
  readonly options: Options;
}

/** What of a detector tells which of its options have no effect. */
interface KnownOptions {
  /** The schemas of all. */
  readonly options: { readonly shape: Readonly<Record<string, z.ZodType>> };
  /** Those among resolved ones that change nothing beside the others, and why. */
  idle?(options: Options): Readonly<Record<string, string>>;
}

/**
 * The warning about options that were given to a detector, or single values of them, and have no effect, since another option leaves them
 * without a meaning.
 *
 * @param name what it is called
 * @param choices each combination of their values
 */
export function idleOptions(
  name: string,
  choices: readonly ResolvedOptions[],
  detector: KnownOptions,
): string[] {
  const reasons = new Map<string, string>();
  const combinations = choices.map(({ given, options }) => {
    const idle = { ...lateMilestones(options), ...detector.idle?.(options) };
    for (const [option, reason] of Object.entries(idle)) reasons.set(option, reason);
    const held = [options, withUsual(options, detector.options.shape)];
    return { given, held: held.map((all): Options => omit(all, Object.keys(idle))) };
  });
  const names = uniq(choices.flatMap(({ given }) => Object.keys(given)));
  const idle = names.flatMap((option) => {
    const values = uniqWith(
      combinations.map(({ given }) => given[option]),
      isEqual,
    );
    const unheeded = values.filter((value) =>
      combinations.every(
        ({ given, held }) =>
          !isEqual(given[option], value) || held.every((all) => !isEqual(all[option], value)),
      ),
    );
    if (unheeded.length === 0) return [];
    const said = unheeded.length === values.length ? option : `${option}: ${unheeded.map(shown).join(', ')}`;
    return [{ said, isPretraining: option.startsWith('pretrain'), reason: reasons.get(option) }];
  });
  const [pretraining, others] = partition(
    idle,
    ({ isPretraining, reason }) => isPretraining && reason === undefined,
  );
  const isWarm = choices.every(({ options }) => options.warmStart !== undefined);
  const [start, remedy] = isWarm
    ? ['starts from a saved model (warmStart)', 'leave one of the two out']
    : ['is not pretrained', 'pretrain: true starts it from an autoencoder'];
  return [
    ...(pretraining.length > 0
      ? [`${name} ${start}, so that ${listed(pretraining)} no effect; ${remedy}`]
      : []),
    ...[...grouped(others, ({ reason }) => reason ?? 'with its other options')].map(
      ([reason, own]) => `${name}: ${listed(own)} no effect ${reason}`,
    ),
  ];
}

function shown(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

/** The epochs that milestones are among. */
const MILESTONES = { learningRateMilestones: 'epochs', pretrainLearningRateMilestones: 'pretrainEpochs' };

/** Which milestones have no epoch after them, and why these have no effect. */
function lateMilestones(options: Options): Readonly<Record<string, string>> {
  const late = Object.entries(MILESTONES).filter(([name, length]) => {
    const [milestones, epochs] = [options[name], Number(options[length])];
    return Array.isArray(milestones) && milestones.length > 0 && milestones.every((at) => at >= epochs);
  });
  return Object.fromEntries(late.map(([name]) => [name, 'after the last epoch']));
}

function listed(idle: readonly { readonly said: string }[]): string {
  return `${idle.map(({ said }) => said).join(' and ')} ${idle.length === 1 ? 'has' : 'have'}`;
}
