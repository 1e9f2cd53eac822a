import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { meanBy } from 'es-toolkit/math/meanBy';
import { splitKey } from '../config/run.js';
import { grouped } from '../grouped.js';
import type { Pair, PairedColumns } from '../results/pairing.js';
import { orderedColors, shapeAt } from './detector-style.js';
import { colorScale, type Plot } from './plot.js';

/** What may tell the points of a plot apart by colour, the first that varies, and how its values are named; ratios are in an order. */
const GROUPS = [
  { of: ({ first }: Pair) => first.dataset, ordered: false },
  { of: ({ first }: Pair) => `γ_l ${first.labeledAnomalyRatio}`, ordered: true },
  { of: ({ first }: Pair) => `γ_p ${first.pollutionRatio}`, ordered: true },
];
const NO_GROUP = { of: () => '', ordered: false };

/**
 * The AUROC of the detector under study against that of each other: a point a pair of normal and known anomaly classes in one setting,
 * the mean over its seeds. One point alone makes no plot.
 */
export function scatterPlots(columns: readonly PairedColumns[], study: string): Plot[] {
  return columns.flatMap(({ first, second, pairs }) => {
    const [isFirst, isSecond] = [pairs[0].first, pairs[0].second].map(
      ({ detector }) => detector.name === study,
    );
    if (isFirst === isSecond) return [];
    const turned = pairs.map((pair) => (isFirst ? pair : { first: pair.second, second: pair.first }));
    if (uniqBy(turned, keyBesideSeed).length < 2) return [];
    return [isFirst ? scatterPlot(first, second, turned) : scatterPlot(second, first, turned)];
  });
}

function scatterPlot(studied: string, competitor: string, pairs: readonly Pair[]): Plot {
  const group = GROUPS.find(({ of }) => uniq(pairs.map(of)).length > 1) ?? NO_GROUP;
  const points = [...grouped(pairs, keyBesideSeed).values()].map((members) => ({
    studied: 100 * meanBy(members, ({ first }) => first.auroc),
    competitor: 100 * meanBy(members, ({ second }) => second.auroc),
    group: group.of(members[0]),
  }));
  const names = uniq(pairs.map(group.of));
  const ratioOf = (name: string) => Number(name.split(' ')[1]);
  const groups = group.ordered ? names.sort((a, b) => ratioOf(a) - ratioOf(b)) : names;
  const colors = group.ordered ? orderedColors(groups.length) : colorScale(groups).range;
  const shapes = groups.map((_, index) => shapeAt(index));
  const better = points.filter((point) => point.studied > point.competitor).length;
  const aurocs = points.flatMap((point) => [point.studied, point.competitor]);
  const domain = [Math.max(0, Math.floor(Math.min(...aurocs)) - 1), 100];
  const axis = { type: 'quantitative', scale: { domain, nice: false }, axis: { tickCount: 5 } } as const;
  return {
    title: `${studied} against ${competitor}`,
    description: `AUROC of ${studied} against that of ${competitor}, a point a pair of classes: ${studied} is higher in ${better} of ${points.length}.`,
    square: true,
    ...(groups.length > 1 && {
      key: groups.map((name, index) => ({ name, color: colors[index], dash: [], shape: shapes[index] })),
    }),
    spec: {
      title: `${studied} higher in ${better} of ${points.length}`,
      width: 260,
      height: 260,
      layer: [
        {
          data: { values: domain.map((end) => ({ end })) },
          mark: { type: 'line', color: 'currentColor', opacity: 0.4, strokeDash: [4, 4] },
          encoding: { x: { field: 'end', ...axis }, y: { field: 'end', ...axis } },
        },
        {
          data: { values: points },
          mark: { type: 'point', filled: true, opacity: 1, size: 45 },
          encoding: {
            x: { field: 'competitor', ...axis, title: `AUROC of ${competitor}, %` },
            y: { field: 'studied', ...axis, title: `AUROC of ${studied}, %` },
            color: {
              field: 'group',
              type: 'nominal',
              scale: { domain: groups, range: colors },
              legend: null,
            },
            shape: {
              field: 'group',
              type: 'nominal',
              scale: { domain: groups, range: shapes },
              legend: null,
            },
          },
        },
      ],
    },
  };
}

/** Equal for pairs that differ in nothing but their seeds. */
function keyBesideSeed({ first }: Pair): string {
  return splitKey(first, { seed: 0 });
}
