import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqWith } from 'es-toolkit/array/uniqWith';
import { once } from 'es-toolkit/function/once';
import { round } from 'es-toolkit/math/round';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import * as z from 'zod';
import { besideProtocols } from '../config/protocol-settings.js';
import type { Run } from '../config/run.js';
import type { Options } from '../detectors/options.js';
import { detectorTitle } from '../detectors/registry.js';
import { PACKAGE_ROOT } from '../package.js';

const ratio = z.number().min(0).lt(1);
const percentage = z.number().min(0).max(100);
const optionValue = z.union([z.string(), z.number()]);
const dimension = z.enum([
  'labeledAnomalyRatio',
  'pollutionRatio',
  'knownAnomalyClassCount',
  'eta',
  'representationSize',
]);

/** A setting of the paper, and the AUROC in % of each detector in it: mean, standard deviation, and the name of a remark. */
const settingSchema = z.strictObject({
  dataset: z.string(),
  labeledAnomalyRatio: ratio,
  pollutionRatio: ratio,
  knownAnomalyClassCount: z.int().min(0),
  options: z.record(z.string(), optionValue).default({}),
  normalClasses: z.int().min(1).default(1),
  pairs: z.int().min(1).exactOptional(),
  runs: z.int().min(2),
  auroc: z.record(
    z.string(),
    z.union([z.tuple([percentage, percentage]), z.tuple([percentage, percentage, z.string()])]),
  ),
});

const schema = z.strictObject({
  source: z.string(),
  /** Options that a run must have, where its detector has them and the setting does not say otherwise. */
  options: z.record(z.string(), optionValue),
  /** Those of each network that the paper or its code has for a data set, where nothing else is said. */
  networks: z.record(
    z.string(),
    z
      .array(
        z.strictObject({
          network: z.string(),
          hiddenSizes: z.array(z.int().min(1)),
          representationSize: z.int().min(1),
        }),
      )
      .min(1),
  ),
  /** Of which results the paper gives the one of the best AUROC on the test set, by detector. */
  bestByTest: z.record(z.string(), z.string()),
  /** What makes numbers no targets, by name. */
  remarks: z.record(z.string(), z.string()),
  exhibits: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      along: dimension.exactOptional(),
      readFromFigure: z.boolean().default(false),
      settings: z.array(settingSchema).min(1),
    }),
  ),
});

/** An AUROC that the paper states, as fractions. */
export interface PublishedAuroc {
  readonly mean: number;
  readonly std: number;
  readonly runs: number;
  /** Of a normal class and the one known anomaly class, that the runs are over; undefined where there are none such. */
  readonly pairs?: number;
  /** It was measured in the drawing of a figure, and may be off by 0.1 %. */
  readonly readFromFigure: boolean;
  /** Of which detector's results it is the best by the AUROC on the test set, in words; absent where the paper chose none so. */
  readonly bestByTest?: string;
  /** Why it is no target: what in the paper contradicts it or it was chosen by, or what of these runs is not as in the paper. */
  readonly remark?: string;
}

/** What all runs behind a published AUROC have in common. */
export interface PublishedSetting {
  readonly dataset: string;
  readonly labeledAnomalyRatio: number;
  readonly pollutionRatio: number;
  readonly knownAnomalyClassCount: number;
  /** What the options of detectors are, where they have them: those of one of these. */
  readonly options: readonly Options[];
  /** How many classes are the normal one in turn. */
  readonly normalClasses: number;
  /** By the names of detectors. */
  readonly auroc: ReadonlyMap<string, PublishedAuroc>;
}

/** A table or a figure of the paper. */
export interface Exhibit {
  /** For names of files. */
  readonly name: string;
  readonly title: string;
  /** What varies in it beside the data set. */
  readonly along?: z.output<typeof dimension>;
  readonly settings: readonly PublishedSetting[];
}

/**
 * Every AUROC of the paper (arXiv 1906.02694) in its tables and figures, from assets/published.json, which says where they are from:
 * experiments 1 to 3 and 4 over every class of a data set as the normal one, experiment 5 over ten seeds.
 */
export const publishedExhibits = once((): readonly Exhibit[] => {
  const { exhibits, ...common } = schema.parse(
    JSON.parse(readFileSync(join(PACKAGE_ROOT, 'assets', 'published.json'), 'utf8')),
  );
  const remarkOf = (name: string) => {
    const remark = common.remarks[name];
    if (remark === undefined) throw new Error(`assets/published.json has no remark ${name}`);
    return { remark };
  };
  const chosenOf = (detector: string) => {
    const among = common.bestByTest[detector];
    return among === undefined ? {} : { bestByTest: `${detectorTitle(detector)} of ${among}` };
  };
  return exhibits.map(({ readFromFigure, settings, ...exhibit }) => ({
    ...exhibit,
    settings: settings.map(({ options, pairs, runs, auroc, ...setting }) => {
      const stated = common.networks[setting.dataset].map((network) => ({
        ...common.options,
        ...network,
        ...options,
      }));
      const about = { runs, readFromFigure, ...(pairs !== undefined && { pairs }) };
      return {
        ...setting,
        options: uniqWith(stated, isEqual),
        auroc: new Map(
          Object.entries(auroc).map(([detector, [mean, std, remark]]) => [
            detector,
            {
              mean: fraction(mean),
              std: fraction(std),
              ...about,
              ...chosenOf(detector),
              ...(remark !== undefined && remarkOf(remark)),
            },
          ]),
        ),
      };
    }),
  }));
});

/** A percentage of one decimal as a fraction of three. */
function fraction(percentage: number): number {
  return round(percentage / 100, 3);
}

/** Whether a run is one of those that the paper has in a setting, but for its classes and seed. */
export function isInSetting(run: Run, setting: PublishedSetting): boolean {
  return (
    run.dataset === setting.dataset &&
    run.labeledAnomalyRatio === setting.labeledAnomalyRatio &&
    run.labeledNormalRatio === 0 &&
    run.pollutionRatio === setting.pollutionRatio &&
    run.knownAnomalyClasses.length === setting.knownAnomalyClassCount &&
    setting.options.some((stated) =>
      Object.entries(stated).every(([option, value]) => {
        const own = run.detector.options[option];
        return own === undefined || isEqual(own, value);
      }),
    )
  );
}

/**
 * What the paper states of each cell of a table, if anything. A mean of the paper is over every class of a data set as the normal one,
 * some of which are far easier than others, so that only a cell with runs of as many has one beside it. Where several tables and figures
 * state one, a target is before what is none, and then that of the table or figure which has most of these cells.
 *
 * @param cells the runs of each, of one detector in one setting
 */
export function publishedFor(cells: readonly (readonly Run[])[]): (PublishedAuroc | undefined)[] {
  const stated = publishedExhibits().map((exhibit) => cells.map((runs) => statedIn(exhibit, runs)));
  const most = sortBy(stated, [(ofCells) => -ofCells.filter((auroc) => auroc !== undefined).length]);
  return cells.map((_, cell) => {
    const found = most.flatMap((ofCells) => ofCells[cell] ?? []);
    return found.find(({ remark }) => remark === undefined) ?? found.at(0);
  });
}

function statedIn({ settings }: Exhibit, runs: readonly Run[]): PublishedAuroc | undefined {
  if (runs.length === 0) return undefined;
  const setting = settings.find(
    (candidate) => isInSetting(runs[0], candidate) && candidate.auroc.has(runs[0].detector.name),
  );
  return setting && publishedOf(setting, runs);
}

/** What the paper states of a detector's runs in a setting, if it does and they are of all normal classes that its own are of. */
export function publishedOf(setting: PublishedSetting, runs: readonly Run[]): PublishedAuroc | undefined {
  if (runs.some(({ normalClass }) => typeof normalClass !== 'string')) return undefined;
  const classes = uniq(runs.map(({ normalClass }) => normalClass)).length;
  if (runs.length === 0 || classes !== setting.normalClasses) return undefined;
  const stated = setting.auroc.get(runs[0].detector.name);
  if (!stated) return undefined;
  const departing = runs.find((run) => departureOf(run) !== undefined);
  const remark = departing && departureOf(departing);
  return remark === undefined ? stated : { ...stated, remark };
}

/** Of every training in the paper. */
const EPOCHS = 150;

const CUT_SHORT = `training was cut short of the paper’s ${EPOCHS} epochs`;

/** Options that settings of the paper state the values of, so that `isInSetting` tells. */
const statedOptions = once(() => {
  const settings = publishedExhibits().flatMap((exhibit) => exhibit.settings);
  return new Set(settings.flatMap(({ options }) => options.flatMap(Object.keys)));
});

/**
 * Why a run is of no setting of the paper, in words: it was trained for less long, as for a quick look, or has an option, or its data a
 * preparation, that no protocol has; undefined where it is of one. Tables say so beside what the paper states, and figures and the paper's
 * own tables leave one of both out.
 */
export function departureOf(run: Run): string | undefined {
  const { name, options } = run.detector;
  const lengths = [options.epochs, options.pretrainEpochs];
  if (lengths.some((epochs) => Number(epochs ?? EPOCHS) < EPOCHS)) return CUT_SHORT;
  const departing = besideProtocols(run).filter((option) => !statedOptions().has(option));
  if (departing.length === 0) return undefined;
  const title = detectorTitle(name);
  return `of ${title}, no protocol has the ${departing.join(', ')} of these runs`;
}
