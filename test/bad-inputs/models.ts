import { fixture } from '../../src/data/formats/testing/fixtures.js';
import { type BadInput, type Section, TABLE } from './bad-input.js';

const PARTS = ['length,width,wood,known', '1,2,oak,1', '2,3,pine,', '3,5,oak,-1', '4,4,pine,0', ''].join(
  '\n',
);

/** `deepsad fit` on a table. */
function fitting(title: string, content: string | undefined, ...options: string[]): BadInput {
  return {
    title,
    files: content === undefined ? {} : { 'parts.csv': content },
    command: ['fit', 'parts.csv', '--out', 'model', ...options],
  };
}

const CATEGORIES = ['--categorical', 'wood'];
const LABELED = ['--labels', 'known', ...CATEGORIES];

const STEPS = ['1,2', '2,3', '3,5', '4,4', ''].join('\n');
const WINDOWS = ['--window-length', '2', '--stride', '1'];

export const fits: Section = {
  title: 'deepsad fit',
  text: 'Tables are refused as those of experiments are; these are the cases of their own.',
  cases: [
    fitting('no such file', undefined),
    { title: 'standard input', files: {}, command: ['fit', '-', '--out', 'model'] },
    { title: 'an empty path for the data', files: {}, command: ['fit', '', '--out', 'model'] },
    { ...fitting('a pipe', undefined), pipes: ['parts.csv'] },
    fitting('an .npz', 'PK\x03\x04'),
    { ...fitting('an empty path for the model', PARTS), command: ['fit', 'parts.csv', '--out', ''] },
    {
      title: 'a place for the model where nothing can be written',
      files: { 'parts.csv': TABLE },
      command: ['fit', 'parts.csv', '--drop', 'state', '--out', 'parts.csv/model'],
    },
    fitting('a detector that is none', PARTS, '--detector', 'deep-sed'),
    fitting('an empty number, as of a variable that is not set', PARTS, '--seed', ''),
    fitting('an option of the detector misspelled', PARTS, '--set', 'epoch=5'),
    fitting('an option of the detector out of its range', PARTS, '--set', 'eta=-1'),
    fitting('a label column that is not there', PARTS, '--labels', 'label', ...CATEGORIES),
    fitting('a label of no meaning', PARTS.replace('-1', 'broken'), ...LABELED),
    fitting('a label of two meanings', PARTS, ...LABELED, '--normal', '0', '--anomaly', '0'),
    fitting('labels of which none says anomaly', PARTS.replace('-1', '0'), ...LABELED),
    fitting('labeled anomalies alone', 'length,known\n1,-1\n2,-1\n', '--labels', 'known'),
    {
      title: 'folders of which no name says normal',
      files: { 'scans/pass/a.jpg': fixture('wave.jpg'), 'scans/fail/b.jpg': fixture('wave.jpg') },
      command: ['fit', 'scans', '--out', 'model'],
    },
    fitting('categories that were not named', PARTS, '--labels', 'known'),
    fitting('a choice that is none', PARTS, '--missing', 'ignore'),
    fitting('an option for other data', PARTS, '--window-length', '3'),
    fitting(
      'what labels mean, and no column of them',
      PARTS,
      ...CATEGORIES,
      '--normal',
      '0',
      '--anomaly',
      '1',
    ),
    {
      title: 'what labels mean that are no texts',
      files: { 'fleet/pump.txt': STEPS },
      command: ['fit', 'fleet', ...WINDOWS, '--out', 'model', '--anomaly', '2'],
    },
    {
      title: 'the file of one machine',
      files: { 'fleet/pump.txt': STEPS },
      command: ['fit', 'fleet/pump.txt', ...WINDOWS, '--out', 'model'],
    },
    {
      title: 'missing values of what has none',
      files: { 'fleet/pump.txt': STEPS },
      command: ['fit', 'fleet', ...WINDOWS, '--out', 'model', '--missing', 'fill'],
    },
    fitting('a share out of its range', PARTS, '--contamination', '1.5'),
    fitting('a seed that is none', PARTS, '--seed', '-1'),
    { ...fitting('no place for the model', PARTS), command: ['fit', 'parts.csv'] },
    {
      title: 'a folder without data',
      files: { 'scans/.keep': '' },
      command: ['fit', 'scans', '--out', 'model'],
    },
    {
      title: 'a label column of images',
      files: { 'scans/good/a.jpg': '' },
      command: ['fit', 'scans', '--labels', 'state', '--out', 'model'],
    },
    {
      title: 'a folder whose name differs from a label by case',
      files: { 'scans/Fine/a.jpg': fixture('wave.jpg') },
      command: ['fit', 'scans', '--normal', 'fine', '--out', 'model'],
    },
    {
      title: 'folders named by numbers',
      files: { 'scans/0/a.jpg': fixture('wave.jpg'), 'scans/1/b.jpg': fixture('wave.jpg') },
      command: ['fit', 'scans', '--out', 'model'],
    },
    {
      title: 'something in the place of the model',
      files: { 'parts.csv': TABLE, 'notes/a.txt': 'x' },
      command: ['fit', 'parts.csv', '--drop', 'state', '--out', 'notes'],
    },
    {
      title: 'a model in its place',
      files: { 'parts.csv': TABLE },
      before: [['fit', 'parts.csv', '--drop', 'state', '--detector', 'isolation-forest', '--out', 'model']],
      command: ['fit', 'parts.csv', '--drop', 'state', '--out', 'model'],
    },
    {
      title: 'a model in its place that is not alone there',
      files: { 'parts.csv': TABLE, 'model/detector.json': '{}', 'model/parts.csv': TABLE },
      command: ['fit', 'parts.csv', '--drop', 'state', '--out', 'model', '--overwrite'],
    },
  ],
};

/** A command on a model of a table that may be changed after the fit, and on new data. */
function after(
  title: string,
  content: string | undefined,
  change: Readonly<Record<string, string>> = {},
  command = ['score', 'model', 'new.csv'],
): BadInput {
  const fit = ['fit', 'parts.csv', ...LABELED, '--detector', 'isolation-forest', '--out', 'model'];
  return {
    title,
    files: { 'parts.csv': PARTS, ...(content !== undefined && { 'new.csv': content }) },
    before: [fit],
    change,
    command,
  };
}

/** The same on a model whose detector.json says something else than was saved, as one from elsewhere may. */
function tampered(title: string, text: string, other: string): BadInput {
  return { ...after(title, NEW), replace: { 'model/detector.json': [text, other] } };
}

/** Evaluation of a model of time series, of which the test part has labels. */
function afterFleet(title: string, command: readonly string[]): BadInput {
  return {
    title,
    files: {
      'fleet/train/pump.txt': STEPS,
      'fleet/test/pump.txt': STEPS,
      'fleet/test_label/pump.txt': '0\n0\n0\n1\n',
    },
    before: [['fit', 'fleet/train', ...WINDOWS, '--detector', 'isolation-forest', '--out', 'model']],
    command: ['evaluate', 'model', ...command],
  };
}

const NEW = 'length,width,wood\n1,2,oak\n';
const EVALUATE = ['evaluate', 'model', 'new.csv'];

export const scores: Section = {
  title: 'deepsad score and deepsad evaluate',
  text: 'The model is fitted on `length`, `width` and the categories `wood`, with labels in `known`.',
  cases: [
    { title: 'no such model', files: { 'new.csv': NEW }, command: ['score', 'model', 'new.csv'] },
    {
      title: 'a folder that is no model',
      files: { 'model/a.txt': '', 'new.csv': NEW },
      command: ['score', 'model', 'new.csv'],
    },
    {
      title: 'a file in the place of the model, as in the other order',
      files: { 'new.csv': NEW },
      command: ['score', 'new.csv', 'model'],
    },
    after('a damaged model', NEW, { 'model/detector.json': '{' }),
    after('a model of another kind', NEW, { 'model/detector.json': '{"detector": "deep-sad"}' }),
    after('a file of the model that was changed', NEW, { 'model/arrays.npz': 'x' }),
    tampered('a model of a version that read tables otherwise', '"reading": 1', '"reading": 0'),
    tampered('a model without an option', '"trees": 100,', ''),
    tampered('a model with an option of another kind', '"trees": 100', '"trees": "100"'),
    tampered('a model of more trees than there are', '"trees": 100', '"trees": 100000000'),
    tampered(
      'a model of higher trees than there are',
      '"treeSamples": [\n      3',
      '"treeSamples": [\n      67108864',
    ),
    tampered('a model of another shape than its input', '"shape": [\n    4', '"shape": [\n    5'),
    tampered('a model with a range that is turned round', '"low": 1', '"low": 9'),
    tampered('a model with a threshold that is none', '"value": ', '"value": "high", "was": '),
    after('no such data', undefined),
    after('a folder in the place of a table', undefined, {}, ['score', 'model', 'model']),
    after('data without rows', 'length,width,wood\n'),
    after('a column that is missing', 'length,wood\n1,oak\n'),
    after('a column too many', 'length,width,height,wood\n1,2,3,oak\n'),
    after('a column renamed', 'length,breadth,wood\n1,2,oak\n'),
    after('a text for a number', `${NEW}1,wide,oak\n`),
    after('a missing value', `${NEW}1,,oak\n`),
    after('a missing category', `${NEW}1,2,\n`),
    after('a number too far out', `${NEW}1e300,2,oak\n`),
    after('a row with too few cells', `${NEW}1,2\n`),
    after('evaluation into a place where nothing can be written', NEW, {}, [
      ...EVALUATE,
      '--out',
      'new.csv/out',
    ]),
    after('evaluation without labels', NEW, {}, EVALUATE),
    after('evaluation with labels of no meaning', 'length,width,wood,known\n1,2,oak,fine\n', {}, EVALUATE),
    after('evaluation by a feature of the model', 'length,width,wood,known\n1,2,oak,1\n', {}, [
      ...EVALUATE,
      '--labels',
      'width',
    ]),
    afterFleet('evaluation that says what labels mean which are no texts', ['fleet/test', '--anomaly', '1']),
    afterFleet('evaluation of time series without labels', ['fleet/train']),
    after('evaluation without anomalies', 'length,width,wood,known\n1,2,oak,1\n', {}, EVALUATE),
  ],
};
