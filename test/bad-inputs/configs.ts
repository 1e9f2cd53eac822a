import { range } from 'es-toolkit/math/range';
import { type BadInput, config, type Section, TABLE } from './bad-input.js';

function run(title: string, text: string | Uint8Array, ...more: string[]): BadInput {
  const files = { 'config.yaml': text, 'table.csv': TABLE };
  return { title, files, command: ['run', 'config.yaml', ...more] };
}

const MNIST = { dataset: 'mnist', normalClass: 0 };
const PARTIAL = { file: 'table.csv', semiTarget: 'state' };

export const configs: Section = {
  title: 'Configs',
  text: 'All problems of a config are shown at once, each with its line and column, and that line with a mark under the place below it. A `--set` is named in the place of the line.',
  cases: [
    { title: 'no such file', files: {}, command: ['run', 'config.yaml'] },
    { title: 'a folder', files: { 'config.yaml/x': '' }, command: ['run', 'config.yaml'] },
    { title: 'a pipe', files: {}, pipes: ['config.yaml'], command: ['run', 'config.yaml'] },
    {
      title: 'a link to nowhere',
      files: {},
      links: { 'config.yaml': 'other.yaml' },
      command: ['run', 'config.yaml'],
    },
    {
      title: 'links in a circle',
      files: {},
      links: { 'config.yaml': 'other.yaml', 'other.yaml': 'config.yaml' },
      command: ['run', 'config.yaml'],
    },
    run('something else, and far too long', 'x'.repeat(300_000)),
    run('a key given twice', `${config()}`.replace('{', '{ "name": "other",')),
    run('a list in the place of a key', '? [name, x]\n: parts\n'),
    run('an alias within what it stands for', 'name: parts\ndataset: cardio\ndetectors: &all [*all]\n'),
    run('lists in lists without end', `name: ${'['.repeat(5000)}${']'.repeat(5000)}\n`),
    run('several documents', 'name: parts\ndataset: cardio\n---\nname: more\n'),
    run('another encoding than UTF-8', Buffer.from('name: Gerät\n', 'latin1')),
    run('no YAML', 'name: [parts\ndataset: mnist\n'),
    run('an empty file', ''),
    run('a key misspelled', config({ labeledAnomalyRation: 0.1 })),
    run('a key of a detector misspelled', config({ detectors: [{ name: 'deep-sad', etta: 1 }] })),
    run('a table by its path alone', config({ dataset: 'table.csv' })),
    run('an unknown data set', config({ dataset: 'mnits' })),
    run('an unknown detector', config({ detectors: ['deep-sd'] })),
    run('no detector', config({ detectors: undefined })),
    run('a text for a number', config({ seeds: 'one' })),
    run('a ratio out of its range', config({ labeledAnomalyRatio: 1.5 })),
    run('an option out of its range', config({ detectors: [{ name: 'deep-sad', eta: -1 }] })),
    run('ratios that sum past 1', config({ labeledAnomalyRatio: 0.6, labeledNormalRatio: 0.5 })),
    run(
      'two ways to choose the known classes',
      config({ ...MNIST, knownAnomalyClass: 1, knownAnomalyClassCount: 1 }),
    ),
    run(
      'lists that come to too many runs',
      config({ detectors: { name: 'deep-sad', eta: range(1, 501), batchSize: range(1, 502) } }),
    ),
    run('a name that is no folder', config({ name: '../parts' })),
    run('a name of the files of results', config({ name: 'runs.jsonl' })),
    run('a class that the data set does not have', config({ ...MNIST, normalClass: 10 })),
    run('a class of several that the data set does not have', config({ ...MNIST, normalClass: [[0, 10]] })),
    run('a protocol that is none', config({ protocol: 'papers' })),
    run('a diagnostic that is none', config({ diagnostics: 'entrop' })),
    run('a diagnostic of several that is none', config({ diagnostics: ['entropy', 'loss'] })),
    run('diagnostics switched off', config({ diagnostics: false })),
    run(
      'a model to start from that is not there',
      config({ detectors: { name: 'deep-sad', warmStart: 'nowhere' } }),
    ),
    run(
      'hidden layers of a network that has none',
      config({ ...MNIST, detectors: { name: 'deep-sad', hiddenSizes: [64] } }),
    ),
    run('a normal class that is known to be anomalous', config({ ...MNIST, knownAnomalyClass: 0 })),
    run('more labeled anomalies than there are', config({ labeledAnomalyRatio: 0.9 })),
    run('more pollution than there is', config({ pollutionRatio: 0.9 })),
    run('no normal label of a .csv', config({ dataset: { file: 'table.csv' } })),
    run('no epochs', config({ detectors: [{ name: 'deep-sad', epochs: 0 }] })),
    run('a seed given twice', config({ seeds: [1, 2, 1] })),
    run('a table of an unknown kind', config({ dataset: { file: 'table.xlsx' } })),
    run('a test table of another kind', config({ dataset: { file: 'a.npz', test: 'b.mat' } })),
    run('a table tested on itself', config({ dataset: { file: 'a.npz', test: 'a.npz' } })),
    run(
      'a table tested on itself by another path',
      config({ dataset: { file: 'table.csv', test: './table.csv', normal: 'fine' } }),
    ),
    {
      title: 'one table under two names',
      files: {
        'config.yaml': config({ dataset: ['a.csv', 'b.csv'].map((file) => ({ file, normal: 'fine' })) }),
        'a.csv': TABLE,
        'b.csv': TABLE,
      },
      command: ['run', 'config.yaml'],
    },
    run('columns of a table without names', config({ dataset: { file: 'a.npz', drop: 'id' } })),
    run('simulated labels beside a column of labels', config({ dataset: PARTIAL, labeledAnomalyRatio: 0.1 })),
    run('normal labels beside semi-targets alone', config({ dataset: { ...PARTIAL, normal: 'fine' } })),
    run('a table given twice', config({ dataset: [{ file: 'a.npz' }, { file: 'a.npz', label: 'z' }] })),
    run('`--set` without a value', config(), '--set', 'seeds'),
    run('`--set` of a key that is not there', config(), '--set', 'detectors.1.eta=1'),
    run('`--set` with a value out of its range', config(), '--set', 'pollutionRatio=2'),
    {
      title: 'two experiments of one name',
      files: { 'a.yaml': config(), 'b.yaml': config({ seeds: 2 }), 'table.csv': TABLE },
      command: ['sweep', 'a.yaml', 'b.yaml'],
    },
  ],
};
