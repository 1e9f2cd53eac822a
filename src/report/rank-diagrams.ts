import { range } from 'es-toolkit/math/range';
import { type Ranks, ranksOverDatasets } from '../results/ranks.js';
import type { RunRecord } from '../results/record.js';
import { type DetectorStyle, detectorStyles, isOf } from './detector-style.js';
import { LABEL_SIZE, linesOf, textWidth } from './font.js';
import { PAGE_WIDTH, type Plot } from './plot.js';

/**
 * Diagrams of critical differences (Demšar 2006, figure 1): the mean ranks of detectors over data sets on one axis, the best at the
 * right, where bars join those that the tests do not tell apart. One a setting with five data sets and three detectors or more.
 */
export function rankDiagrams(records: readonly RunRecord[], study: string): Plot[] {
  return ranksOverDatasets(records).map((ranks) => {
    const { setting, datasets, detectors, groups, criticalDifference } = ranks;
    const joined = groups.map(
      ([first, last]) =>
        `${detectors
          .slice(first, last + 1)
          .map(({ name }) => name)
          .join(', ')} are not told apart.`,
    );
    return {
      title: `Mean ranks over ${datasets.length} data sets${setting === '' ? '' : `: ${setting}`}`,
      description: [
        `Mean ranks, 1 the best: ${detectors.map(({ name, rank }) => `${name} ${rank.toFixed(2)}`).join(', ')}.`,
        `Critical difference ${criticalDifference.toFixed(2)}.`,
        ...joined,
        ...testWords(ranks),
      ].join(' '),
      marks: groups.length > 0 ? ['joined'] : [],
      spec: diagram(ranks, PAGE_WIDTH, study),
      drawnAt: (width: number) => diagram(ranks, width, study),
    };
  });
}

/** What was tested, what is not in the diagram, and what in it is not alike. */
function testWords({ datasets, pValue, groups, leftOut, remarks }: Ranks): string[] {
  const p = pValue < 0.0005 ? 'p < 0.001' : `p = ${pValue.toFixed(3)}`;
  return [
    `Mean AUROC on ${datasets.length} data sets; Friedman ${p}; ${groups.length > 0 ? 'bars: no difference' : 'all are told apart'} by Nemenyi’s test at 0.05.`,
    ...(leftOut.length > 0 ? [`Without ${leftOut.join(', ')}, without a result on all of them.`] : []),
    ...remarks,
  ];
}

/** Pixels: of a line of text, of the step between bars, of the axis from the top, and between a label and its line. */
const LINE = LABEL_SIZE + 2;
const BAR = 7;
const AXIS = 44;
const GAP = 4;

interface Label {
  readonly name: string;
  readonly lines: readonly string[];
  readonly rank: number;
  readonly left: boolean;
  readonly y: number;
}

function diagram(ranks: Ranks, whole: number, study: string): Plot['spec'] {
  const { setting, detectors, groups, criticalDifference } = ranks;
  const width = whole - 10;
  const styles = detectorStyles(detectors.map(({ name }) => name));
  const texts = detectors.map(({ name, rank }) =>
    linesOf(`${name} ${rank.toFixed(2)}`, 0.26 * width, LABEL_SIZE),
  );
  const margin = GAP + 8 + Math.max(...texts.flat().map((line) => textWidth(line, LABEL_SIZE)));
  const count = detectors.length;
  // The best rank at the right.
  const xOf = (rank: number) => margin + ((count - rank) / (count - 1)) * (width - 2 * margin);
  // From the best rank on, as many numbers as have room.
  const labelStep = Math.ceil((textWidth(String(count), LABEL_SIZE) + GAP) / (xOf(1) - xOf(2)));
  const top = AXIS + 10 + BAR * groups.length + 8;
  const labels = labelsOf(detectors, texts, top);
  const bottom = Math.max(...labels.map(({ y, lines }) => y + (lines.length * LINE) / 2));
  const colorOf = (name: string) => (styles.get(name) as DetectorStyle).color;
  const x = { field: 'x', type: 'quantitative' as const, scale: null, axis: null };
  const y = { field: 'y', type: 'quantitative' as const, scale: null, axis: null };
  const rules = (values: object[], strokeWidth: number, more: object = {}) => ({
    data: { values },
    mark: { type: 'rule' as const, strokeWidth, color: 'currentColor', ...more },
    encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' } },
  });
  const rule = (x: number, y: number, x2: number, y2: number) => ({ x, y, x2, y2 });
  const text = (values: object[], more: object) => ({
    data: { values },
    mark: { type: 'text' as const, fontSize: LABEL_SIZE, color: 'currentColor', lineHeight: LINE, ...more },
    encoding: { x, y, text: { field: 'text' } },
  });
  // At the side of the best ranks, as long as the critical difference.
  const difference = Math.min(criticalDifference, count - 1);
  const [from, to] = [xOf(count), xOf(count - difference)];
  const lineOf = ({ rank, y, left }: Label) => [
    rule(xOf(rank), AXIS, xOf(rank), y),
    rule(xOf(rank), y, left ? margin - GAP : width - margin + GAP, y),
  ];
  return {
    title: { text: setting, subtitle: testWords(ranks) },
    width,
    height: bottom + 2,
    layer: [
      rules([rule(xOf(count), AXIS, xOf(1), AXIS)], 1),
      rules(
        range(1, count + 1).map((rank) => rule(xOf(rank), AXIS - 5, xOf(rank), AXIS)),
        1,
      ),
      text(
        range(1, count + 1, labelStep).map((rank) => ({ x: xOf(rank), y: AXIS - 12, text: String(rank) })),
        { align: 'center', baseline: 'middle' },
      ),
      ...(criticalDifference < count - 1
        ? [
            rules([rule(from, 14, to, 14), rule(from, 11, from, 17), rule(to, 11, to, 17)], 1),
            text([{ x: (from + to) / 2, y: 5, text: `CD ${criticalDifference.toFixed(2)}` }], {
              align: 'center',
              baseline: 'middle',
            }),
          ]
        : []),
      rules(
        groups.map(([first, last], index) => {
          const height = AXIS + 10 + BAR * index;
          return rule(xOf(detectors[first].rank) + 3, height, xOf(detectors[last].rank) - 3, height);
        }),
        3.5,
        { strokeCap: 'round' },
      ),
      ...labels.flatMap((label) => [
        rules(lineOf(label), isOf(study, label.name) ? 2.5 : 1.3, { color: colorOf(label.name) }),
        text(
          [{ x: label.left ? margin - GAP - 4 : width - margin + GAP + 4, y: label.y, text: label.lines }],
          {
            align: label.left ? 'right' : 'left',
            baseline: 'middle',
            dy: (-(label.lines.length - 1) * LINE) / 2,
          },
        ),
      ]),
    ],
  } as Plot['spec'];
}

/** Where labels stand: those of the better half at the right from the best down, the others at the left from the worst down. */
function labelsOf(detectors: Ranks['detectors'], texts: readonly string[][], top: number): Label[] {
  const half = Math.ceil(detectors.length / 2);
  const next = { left: top, right: top };
  const place = (index: number, left: boolean): Label => {
    const side = left ? 'left' : 'right';
    const height = texts[index].length * LINE + 4;
    const y = next[side] + height / 2;
    next[side] += height;
    return { ...detectors[index], lines: texts[index], left, y };
  };
  const right = range(half).map((index) => place(index, false));
  const left = range(detectors.length - 1, half - 1, -1).map((index) => place(index, true));
  return [...right, ...left];
}
