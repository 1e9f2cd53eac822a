import type { Mark, Picture } from './plot.js';

/** What is to be said above plots of the AUROC with a line a detector, of the marks that are in any of them; empty where there is nothing. */
export function curvesNote(pictures: readonly Picture[]): string {
  const marks = marksOf(pictures);
  return [
    ...barsNote(marks),
    ...(marks.has('beside')
      ? ['Marks of one value stand side by side where they would hide each other.']
      : []),
  ].join(' ');
}

/** What is to be said above plots with a dot a run, of the marks that are in any of them. */
export function dotsNote(pictures: readonly Picture[]): string {
  const marks = marksOf(pictures);
  const pairs = marks.has('line a pair');
  const lines = [
    ...(pairs ? ['runs of one pair of classes lie on one line'] : []),
    ...(marks.has('line a seed')
      ? [pairs ? 'of a single pair each seed has one' : 'each seed has a line']
      : []),
  ];
  return [`A dot a run${lines.length > 0 ? ': ' : ''}${lines.join(', and ')}.`, ...barsNote(marks)].join(' ');
}

/** What is to be said above diagrams of mean ranks. */
export function ranksNote(pictures: readonly Picture[]): string {
  const joined = marksOf(pictures).has('joined') ? '; what a bar joins is not told apart' : '';
  return `Diagrams of critical differences (Demšar 2006): the best at the right${joined}.`;
}

/** What is to be said above plots of the entropy of representations. */
export function entropyNote(pictures: readonly Picture[]): string {
  const bands = marksOf(pictures).has('band') ? '; bands are ± one standard deviation over runs' : '';
  return (
    `In nats a dimension${bands}. Only differences between groups mean anything, since the scale of representations adds to all alike. ` +
    'All numbers are in entropy.csv.'
  );
}

function marksOf(pictures: readonly Picture[]): ReadonlySet<Mark> {
  return new Set(pictures.flatMap(({ marks }) => marks));
}

function barsNote(marks: ReadonlySet<Mark>): string[] {
  const [classes, seeds] = [marks.has('bar over classes'), marks.has('bar over seeds')];
  const over =
    classes && seeds
      ? ': thin over classes, thick over the seeds of each'
      : ` over ${classes ? 'classes' : 'seeds'}`;
  return [
    ...(classes || seeds ? [`Bars are ± one standard error of the mean${over}.`] : []),
    ...(marks.has('published') ? ['Hollow marks are the paper’s.'] : []),
  ];
}
