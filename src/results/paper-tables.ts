import { uniq } from 'es-toolkit/array/uniq';
import { DETECTORS, detectorTitle } from '../detectors/registry.js';
import { grouped } from '../grouped.js';
import { columnsOf } from './columns.js';
import { preparedAs } from './dimensions.js';
import { classesOf } from './mean-difference.js';
import {
  departureOf,
  type Exhibit,
  isInSetting,
  type PublishedSetting,
  publishedExhibits,
  publishedOf,
} from './published.js';
import { isDone, type RunRecord } from './record.js';
import type { Metric } from './spread.js';
import { differenceOf, qualificationsOf, rowOf, type Table } from './table.js';
import { tellDataApart } from './tell-data-apart.js';

/** A table or a figure of the paper, with what the paper states in it and what runs came to. */
export interface PaperTable extends Pick<Exhibit, 'name' | 'title' | 'along'> {
  readonly table: Table;
}

/**
 * The paper's tables and figures, of the data sets on which there are runs that belong there: all cells of these, with what the paper
 * states and what the runs came to, whatever experiments they are of.
 *
 * @param records one a run
 * @param metric that of the cells; the paper states the AUROC alone
 */
export function paperTables(records: readonly RunRecord[], metric: Metric = 'auroc'): PaperTable[] {
  const byDataset = grouped(tellDataApart(records), ({ dataset }) => dataset);
  return publishedExhibits().flatMap((exhibit) => {
    const own = exhibit.settings.map((setting) => membersOf(setting, byDataset.get(setting.dataset) ?? []));
    const met = uniq(
      exhibit.settings.filter((_, index) => own[index].length > 0).map(({ dataset }) => dataset),
    );
    if (met.length === 0) return [];
    return { ...exhibit, table: exhibitTable(exhibit, met, own, metric) };
  });
}

/**
 * The runs that stand beside what a setting states: those of each variant of a detector, and of each way to prepare its data, that has
 * runs of all normal classes (`withoutDraws`).
 */
function membersOf(setting: PublishedSetting, records: readonly RunRecord[]): RunRecord[] {
  const members = records.filter(
    (record) =>
      setting.auroc.has(record.detector.name) &&
      isInSetting(record, setting) &&
      departureOf(record) === undefined,
  );
  const { of } = columnsOf(members);
  const variants = [...grouped(members, (run) => JSON.stringify([of(run), preparedAs(run)])).values()];
  return variants
    .map(withoutDraws)
    .filter((runs) => publishedOf(setting, runs.filter(isDone)) !== undefined)
    .flat();
}

/**
 * Where seeds have several choices of known classes beside one normal class, as the paper has every pair, their runs alone: those of seeds that
 * drew one, as for numbers of known classes, would weigh some pairs more than others.
 */
function withoutDraws(runs: readonly RunRecord[]): readonly RunRecord[] {
  const several = new Set(
    [...grouped(runs, ({ seed }) => seed)].flatMap(([seed, own]) =>
      uniq(own.map(classesOf)).length > uniq(own.map(({ normalClass }) => normalClass)).length ? [seed] : [],
    ),
  );
  return several.size === 0 ? runs : runs.filter(({ seed }) => several.has(seed));
}

function exhibitTable(
  { along, settings }: Exhibit,
  datasets: readonly string[],
  members: readonly RunRecord[][],
  metric: Metric,
): Table {
  const records = members.flat();
  const ran = columnsOf(records, along);
  const columns = detectorsOf(settings).flatMap((name) => {
    const own = uniq(records.filter(({ detector }) => detector.name === name).map(ran.of));
    const names = ran.names.filter((column) => own.includes(column));
    return (names.length > 0 ? names : [detectorTitle(name)]).map((column) => ({ name, column }));
  });
  const apart = uniq(records.map(preparedAs)).length > 1;
  const lines = datasets.flatMap((dataset) => {
    const inDataset = settings.flatMap((setting, index) =>
      setting.dataset === dataset
        ? [{ setting, value: varyingValue(setting, along), runs: members[index] }]
        : [],
    );
    const preparations = uniq(inDataset.flatMap(({ runs }) => runs.map(preparedAs)));
    // Settings of one value are one row, each with detectors of its own.
    return [...grouped(inDataset, ({ value }) => value)].flatMap(([value, own]) => {
      const stated = columns.map(({ name }) =>
        metric === 'auroc'
          ? own.find(({ setting }) => setting.auroc.has(name))?.setting.auroc.get(name)
          : undefined,
      );
      return preparations.map((preparation) => {
        const runs = own.flatMap((each) => each.runs).filter((run) => preparedAs(run) === preparation);
        const groups = columns.map(({ column }) =>
          runs.filter((run) => isDone(run) && ran.of(run) === column),
        );
        const setting = [dataset, ...(along ? [value] : []), ...(apart ? [preparation] : [])];
        return { setting, groups, stated };
      });
    });
  });
  return {
    dimensions: ['dataset', ...(along ? [along] : []), ...(apart ? (['preparation'] as const) : [])],
    columns: columns.map(({ column }) => column),
    rows: lines.map(({ setting, groups, stated }) => ({ setting, ...rowOf(groups, stated, metric) })),
    ...qualificationsOf(records, ran),
    ...differenceOf(
      lines.flatMap(({ groups }) => groups),
      lines.flatMap(({ stated }) => stated),
    ),
  };
}

/** The detectors that a table or figure states, in the order of the registry. */
function detectorsOf(settings: readonly PublishedSetting[]): string[] {
  const stated = uniq(settings.flatMap(({ auroc }) => [...auroc.keys()]));
  const known = DETECTORS.map(({ name }) => name).filter((name) => stated.includes(name));
  return uniq([...known, ...stated]);
}

/** What a setting has of that which varies. */
function varyingValue(setting: PublishedSetting, along: Exhibit['along']): number {
  if (along === undefined) return 0;
  if (along === 'eta' || along === 'representationSize') return Number(setting.options[0][along]);
  return setting[along];
}
