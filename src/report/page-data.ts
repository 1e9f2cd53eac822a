import { partition } from 'es-toolkit/array/partition';
import type { Extremes } from '../results/extremes.js';
import type { RunRecord } from '../results/record.js';
import { byMetric } from '../results/spread.js';
import { comparisonsData } from './comparisons.js';
import { isOf } from './detector-style.js';
import { lossCurves } from './losses.js';
import { matrixData } from './matrix.js';
import { tableData } from './means.js';
import type { Page, Section } from './page.js';
import type { Sheets } from './test-images.js';

/** What the page's script (assets/report) makes tables of. */
export function pageData({ sections, overviews, paper, sheets, study }: Page): unknown {
  const losses = lossCurves(sections.flatMap(({ traces }) => [...traces.values()]));
  return {
    overview: overviews.map(({ tables, summed }) => tableData(tables, study, { lines: 'detectors', summed })),
    paper: paper.map(({ tables }) => tableData(tables, study)),
    means: sections.map(({ tables }) => tableData(tables, study)),
    classes: sections.map(({ classes }) => classes && tableData(classes, study)),
    machines: sections.map(({ machines }) => machines && tableData(machines, study, { lines: 'settings' })),
    significance: sections.map(({ significance, columns }) => {
      const detectors = partition(columns.names, (name) => isOf(study, name)).flat();
      return byMetric((metric) => significance[metric].map((compared) => matrixData(compared, detectors)));
    }),
    compared: comparisonsData(sections),
    runs: sections.flatMap((section) => runsData(section, losses, sheets)),
    sheets: [...sheets].map(([checksum, sheet]) => [checksum, { ...sheet, places: undefined }]),
  };
}

function runsData(
  { name, records, columns, traces }: Section,
  losses: ReturnType<typeof lossCurves>,
  sheets: Sheets,
) {
  return records.map((record) => ({
    experiment: name,
    detector: columns.of(record),
    record,
    losses: losses(traces.get(record.id)),
    images: imagesOf(record, sheets),
  }));
}

/** Where the images of a run lie in the sheet of its data set; undefined where it has none there. */
function imagesOf({ id, dataChecksum }: RunRecord, sheets: Sheets): Extremes | undefined {
  const sheet = sheets.get(dataChecksum);
  return sheet && 'places' in sheet ? sheet.places.get(id) : undefined;
}
