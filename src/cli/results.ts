import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { sum } from 'es-toolkit/math/sum';
import stringWidth from 'string-width';
import { grouped } from '../grouped.js';
import { onOneLine } from '../messages/visible.js';
import { HEADINGS } from '../results/dimensions.js';
import type { RunRecord } from '../results/record.js';
import { seriesRows } from '../results/series-rows.js';
import { percent } from '../results/spread.js';
import { type Cell, type Published, type Row, type Table, table } from '../results/table.js';
import { tellDataApart } from '../results/tell-data-apart.js';
import { failureLines, noteLines, publishedMarks, signed } from '../results/wording.js';
import type { Paint } from './colour.js';
import wrap, { wrapCell } from './wrap.js';

export interface ViewOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Columns for what heads a table, where they are not those: no end of them where a program reads it. */
  readonly titleWidth?: number;
  readonly paint: Paint;
}

/**
 * The results of an experiment for a terminal: a line a detector, the best first, with the AUROC, what the paper published and the
 * average precision. Several settings stand beside each other where they fit, else below each other. Of time series also those of
 * each machine.
 *
 * @param content the table of the records, where it has been made already
 */
export function resultsView(
  records: readonly RunRecord[],
  options: ViewOptions,
  content = table(tellDataApart(records)),
): string {
  const ofDatasets = [...grouped(tellDataApart(records), ({ dataset }) => dataset)];
  return [
    tableView(content, options),
    ...ofDatasets.flatMap(([dataset, own]) => {
      const apart = seriesRows(own, (part) => part);
      return apart.length > 0 ? [machinesView(dataset, table(apart), options)] : [];
    }),
  ].join('\n');
}

type Colour = (text: string) => string;

/** The blocks of a table, and what there is to note below them. */
function tableView(content: Table, options: ViewOptions): string {
  const { width, paint } = options;
  const isEmpty = content.rows.every(({ cells }) => cells.every((cell) => cell === undefined));
  const blocks = isEmpty ? [] : blocksOf(content, width);
  const hides = hasPublished(content) && !blocks.some(({ showsPublished }) => showsPublished);
  const shown = hides ? withoutPublished(content) : content;
  const notes = [
    ...bestNote(content),
    ...(isEmpty ? [] : ['AP: average precision in %.']),
    ...noteLines(shown),
    ...pairNotes(shown),
    ...(hides && !isEmpty ? ['A wider terminal shows what is published.'] : []),
  ].join(' ');
  return [
    blocksView(blocks, true, options),
    paragraph(notes, width, paint.dim),
    ...failureLines(content).map((failure) => paragraph(failure, width, paint.yellow)),
  ].join('');
}

function hasPublished({ rows }: Table): boolean {
  return rows.some(({ published }) => published.some((stated) => stated !== undefined));
}

/** A table whose notes explain nothing of what the paper states, where that has no room. */
function withoutPublished({ difference: _, ...content }: Table): Table {
  return { ...content, rows: content.rows.map((row) => ({ ...row, published: [] })) };
}

/** The table of a data set by machine, a line each: they are many, and have no average precision of their own. */
function machinesView(dataset: string, content: Table, options: ViewOptions): string {
  const { width, paint } = options;
  const blocks = blocksOfLines(onOneLine(dataset), content, width);
  const notes = [...bestNote(content), ...noteLines(content), ...failureLines(content)];
  return blocksView(blocks, false, options) + paragraph(notes.join(' '), width, paint.dim);
}

function blocksView(blocks: readonly Block[], precision: boolean, options: ViewOptions): string {
  return blocks.map((block) => `${blockView(block, precision, options)}\n`).join('');
}

function paragraph(text: string, width: number, colour: Colour): string {
  const lines = wrap(onOneLine(text), Math.max(20, width)).split('\n');
  return `${lines.map((line) => colour(line)).join('\n')}\n`;
}

/** Marks the best of a setting. */
const BEST = '★';

function bestNote({ rows }: Table): string[] {
  return rows.some(({ cells }) => cells.some((cell) => cell?.best)) ? [`${BEST} the best AUROC.`] : [];
}

/** Over how few of the paper's pairs of classes cells are. */
function pairNotes({ rows }: Table): string[] {
  const few = rows.flatMap(({ published }) =>
    published.flatMap((stated) =>
      stated?.deviation?.pairs === undefined
        ? []
        : `${stated.deviation.pairs} of the paper's ${stated.pairs}`,
    ),
  );
  return few.length === 0 ? [] : [`Over ${uniq(few).join(' or ')} pairs of classes.`];
}

/** Settings that stand beside each other, a line a detector; or detectors, a line a setting. */
interface Block {
  readonly title: string;
  readonly settings: readonly Setting[];
  /** Of the lines: the names of detectors, the best first; of several lines where they are long. */
  readonly names: readonly string[];
  readonly showsPublished: boolean;
}

/** A row of a table as a column of a block, or a column as one: its cells are those of the block's names. */
interface Setting {
  readonly title: string;
  readonly cells: readonly (Cell | undefined)[];
  readonly published: readonly (Published | undefined)[];
  readonly counted: boolean;
}

/** All settings in one block where they fit, else those of each data set, else each in one of its own. */
function blocksOf(content: Table, width: number): Block[] {
  const fits = (block: Block) => widthOf(settingsOf(block, true)) <= width;
  const all = blockOf(content, content.rows);
  if (fits(all)) return [all];
  const ofDatasets = [...grouped(content.rows, ({ setting: [dataset] }) => dataset).values()];
  return ofDatasets.flatMap((rows) => {
    const block = blockOf(content, rows);
    if (fits(block)) return [block];
    return rows.map((row) => {
      const alone = blockOf(content, [row]);
      const whole = withShortNames(alone, true, width);
      return fits(whole) ? whole : withShortNames({ ...alone, showsPublished: false }, true, width);
    });
  });
}

/** A line a setting and a column a detector, the best first, as many beside each other as fit. */
function blocksOfLines(heading: string, content: Table, width: number): Block[] {
  const { title: common, names, settings } = blockOf(content, content.rows);
  const title = [heading, common].filter((text) => text !== '').join('  ');
  const lines = settings.map((setting) => setting.title);
  const detectors = names.map((name, index): Setting => {
    const cells = settings.map((setting) => setting.cells[index]);
    return { title: name, cells, published: [], counted: settings[0].counted };
  });
  const blockFor = (beside: readonly Setting[]): Block => {
    const block = { title, names: lines, settings: beside, showsPublished: false };
    if (beside.length > 1) return block;
    // One alone has its title in the block's.
    return withShortNames({ ...block, title: `${title}  ${beside[0].title}` }, false, width);
  };
  const blocks: Setting[][] = [];
  for (const detector of detectors) {
    const last = blocks.at(-1);
    const fits = last && widthOf(settingsOf(blockFor([...last, detector]), false)) <= width;
    if (fits) last.push(detector);
    else blocks.push([detector]);
  }
  return blocks.map(blockFor);
}

/** The least columns that a name is broken to. */
const LEAST_NAME = 13;

/** A block whose names are broken into lines where it would not fit. */
function withShortNames(block: Block, precision: boolean, width: number): Block {
  const [names, ...others] = settingsOf(block, precision);
  const space = Math.max(LEAST_NAME, width - WIDE_GAP - widthOf(others));
  if (names.width <= space) return block;
  const broken = block.names.map((name) => wrapCell(name, space - 2).replaceAll('\n', '\n  '));
  return { ...block, names: broken };
}

function blockOf({ dimensions, columns, rows: all }: Table, rows: readonly Row[]): Block {
  const [common, varied] = partition([...dimensions.keys()], (dimension) =>
    rows.every(({ setting }) => setting[dimension] === rows[0].setting[dimension]),
  );
  const titleOf = ({ setting }: Row, chosen: readonly number[]) =>
    chosen
      .map((dimension) => {
        const value = onOneLine(String(setting[dimension]));
        return dimensions[dimension] === 'dataset' ? value : `${HEADINGS[dimensions[dimension]]} ${value}`;
      })
      .join('  ');
  const counted = uniq(all.flatMap(({ cells }) => cells.flatMap((cell) => cell?.runs ?? []))).length > 1;
  const present = [...columns.keys()].filter((column) =>
    rows.some(({ cells, published }) => cells[column] ?? published[column]),
  );
  const meanOf = (column: number) => {
    const means = rows.flatMap(({ cells }) => cells[column]?.mean ?? []);
    return means.length === 0 ? Number.NEGATIVE_INFINITY : sum(means) / means.length;
  };
  const lacking = (column: number) => rows.filter(({ cells }) => !cells[column]).length;
  const order = present.toSorted((a, b) => lacking(a) - lacking(b) || meanOf(b) - meanOf(a));
  return {
    title: titleOf(rows[0], common),
    names: order.map((column) => onOneLine(columns[column])),
    showsPublished: rows.some(({ published }) => published.some(Boolean)),
    settings: rows.map((row) => ({
      title: titleOf(row, varied),
      cells: order.map((column) => row.cells[column]),
      published: order.map((column) => row.published[column]),
      counted,
    })),
  };
}

/** A column of text, with what stands above it. */
interface Column {
  readonly heading: string;
  readonly cells: readonly string[];
}

/** What stands in the lines of a setting, or of the names of detectors. */
interface View {
  readonly columns: readonly (Column & { readonly width: number })[];
  /** Above the columns; empty where a block has one setting, whose title is the block's. */
  readonly title: string;
  readonly width: number;
  /** Spaces before the columns, which stand under the end of a title that is wider. */
  readonly indent: number;
}

function viewOf(title: string, contents: readonly Column[]): View {
  const columns = contents.map((column) => ({ ...column, width: widthOfColumn(column) }));
  const own = sum(columns.map(({ width }) => width)) + GAP * (columns.length - 1);
  const width = Math.max(own, stringWidth(title));
  return { columns, title, width, indent: width - own };
}

/** The names of detectors, then each setting of a block. */
function settingsOf({ settings, names, showsPublished }: Block, precision: boolean): View[] {
  return [
    viewOf('', [{ heading: '', cells: names }]),
    ...settings.map(({ title, cells, published, counted }) =>
      viewOf(settings.length > 1 ? title : '', [
        { heading: 'AUROC', cells: meansOf(cells) },
        ...(counted ? [{ heading: 'runs', cells: cells.map((cell) => String(cell?.runs ?? '')) }] : []),
        ...(showsPublished && published.some(Boolean)
          ? [
              { heading: 'published', cells: statedOf(published) },
              ...(published.some((stated) => stated?.deviation)
                ? [{ heading: 'difference', cells: published.map(differenceOf) }]
                : []),
            ]
          : []),
        ...(precision
          ? [{ heading: 'AP', cells: cells.map((cell) => (cell ? percent(cell.averagePrecision) : '')) }]
          : []),
      ]),
    ),
  ];
}

/** Means and standard deviations, one below the other, the best with its mark. */
function meansOf(cells: readonly (Cell | undefined)[]): string[] {
  const spreads = spreadsOf(cells);
  return cells.map((cell, index) => (cell ? `${cell.best ? BEST : ' '} ${spreads[index]}` : '–'));
}

function statedOf(published: readonly (Published | undefined)[]): string[] {
  const spreads = spreadsOf(published.map((stated) => stated && { ...stated, runs: 2 }));
  const marks = published.map((stated) => (stated ? publishedMarks(stated) : ''));
  const most = Math.max(...marks.map((mark) => stringWidth(mark)));
  return spreads.map((spread, index) => spread && spread + marks[index].padEnd(most));
}

/** Texts of one width of what is there. */
function spreadsOf(spreads: readonly (Pick<Cell, 'mean' | 'std' | 'runs'> | undefined)[]): string[] {
  const several = spreads.some((spread) => spread && spread.runs > 1);
  const longest = Math.max(0, ...spreads.map((spread) => (spread ? percent(spread.std).length : 0)));
  return spreads.map((spread) => {
    if (!spread) return '';
    const std = spread.runs > 1 ? ` ± ${percent(spread.std).padStart(longest)}` : ' '.repeat(longest + 3);
    return `${percent(spread.mean)}${several ? std : ''}`;
  });
}

function differenceOf(published: Published | undefined): string {
  if (!published?.deviation) return '';
  const { difference, standardErrors, outside } = published.deviation;
  const errors = standardErrors === undefined ? '' : ` (${standardErrors.toFixed(1)} s.e.)`;
  return `${signed(difference)}${errors}${outside ? '‡' : ' '}`;
}

/** Spaces between two columns of a setting, and between two settings. */
const GAP = 2;
const WIDE_GAP = 3;

function widthOfColumn({ heading, cells }: Column): number {
  return Math.max(
    ...[heading, ...cells].flatMap((text) => text.split('\n')).map((line) => stringWidth(line)),
  );
}

function widthOf(settings: readonly View[]): number {
  return sum(settings.map(({ width }) => width)) + WIDE_GAP * (settings.length - 1);
}

/** A title in lines that end where one of its parts does, which two spaces hold apart, unless a part is wider than a line. */
function titleLines(title: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of title.split('  ')) {
    const longer = [...lines.slice(-1), part].join('  ');
    if (stringWidth(longer) <= width) lines.splice(-1, 1, longer);
    else lines.push(part);
  }
  return lines.flatMap((line) => wrap(line, width).split('\n'));
}

function blockView(block: Block, precision: boolean, options: ViewOptions): string {
  const { paint, width, titleWidth = width } = options;
  const settings = settingsOf(block, precision);
  const line = (textOf: (column: Column) => string, colour: Colour) =>
    settings
      .map(({ columns, indent }, setting) => {
        const texts = columns.map((column) => {
          const [text] = textOf(column).split('\n');
          const space = ' '.repeat(column.width - stringWidth(text));
          const shown = text.includes(BEST) ? paint.green(text) : text;
          return setting === 0 ? text + space : space + shown;
        });
        return ' '.repeat(indent) + colour(texts.join(' '.repeat(GAP)));
      })
      .join(' '.repeat(WIDE_GAP))
      .trimEnd();
  const titles = settings
    .map((each) => ' '.repeat(each.width - stringWidth(each.title)) + each.title)
    .join(' '.repeat(WIDE_GAP));
  const isBest = (index: number) => block.settings.every(({ cells }) => cells[index]?.best);
  return `${[
    ...(block.title === '' ? [] : titleLines(block.title, titleWidth).map(paint.bold)),
    ...(block.settings.length > 1 ? [titles] : []),
    line(({ heading }) => heading, paint.dim),
    ...block.names.flatMap((name, index) => {
      const colour = isBest(index) ? paint.bold : String;
      return [line(({ cells }) => cells[index], colour), ...name.split('\n').slice(1).map(colour)];
    }),
  ].join('\n')}\n`;
}
