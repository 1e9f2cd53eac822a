import { exampleRecord } from '../../src/results/testing/records.js';
import { config, type Section, TABLE } from './bad-input.js';

const RUN = { 'config.yaml': config({ detectors: ['kde'] }), 'table.csv': TABLE };
const CARDIO = { 'cardio.yaml': config({ dataset: 'cardio' }) };

const RECORD = exampleRecord();

/** Results of one run with a line of traces beside them. */
function traced(trace: object) {
  const line = (content: object) => `${JSON.stringify(content)}\n`;
  return {
    'results/parts/runs.jsonl': line(RECORD),
    'results/parts/traces.ndjson': line(trace) + line(trace),
  };
}

export const namedData: Section = {
  title: 'Data sets by name',
  text: 'Their files are looked for in the data folder and checked before anything is read from them.',
  cases: [
    {
      title: 'a file that is not there',
      files: CARDIO,
      command: ['run', 'cardio.yaml', '--data-dir', 'data'],
    },
    {
      title: 'a damaged file',
      files: { ...CARDIO, 'data/odds/cardio.mat': 'MATLAB' },
      command: ['run', 'cardio.yaml', '--data-dir', 'data'],
    },
    {
      title: 'a file in the place of the data folder',
      files: { ...CARDIO, data: 'x' },
      command: ['run', 'cardio.yaml', '--data-dir', 'data'],
    },
    { title: 'an unknown name', files: {}, command: ['datasets', 'info', 'fashion'] },
  ],
};

export const results: Section = {
  title: 'Results',
  text: 'What `deepsad run` wrote is read again by later commands.',
  cases: [
    {
      title: 'a damaged record',
      files: { ...RUN, 'results/parts/runs.jsonl': '{"id": \n{"id": 7}\n' },
      command: ['run', 'config.yaml'],
    },
    {
      title: 'a line that is no record',
      files: { ...RUN, 'results/parts/runs.jsonl': '{"id": "x"}\n{}\n' },
      command: ['run', 'config.yaml'],
    },
    {
      title: 'a damaged trace',
      files: { ...RUN, 'results/parts/traces.ndjson': '{"run": \n{}\n' },
      command: ['run', 'config.yaml'],
    },
    {
      title: 'a line that is no trace',
      files: traced({ run: 'x' }),
      command: ['report', 'results'],
    },
    {
      title: 'losses of a trace that are no numbers',
      files: traced({ run: RECORD.id, losses: { training: 'AAA=' } }),
      command: ['report', 'results'],
    },
    {
      title: 'probes of a trace that are none',
      files: traced({ run: RECORD.id, losses: {}, probes: [{ epoch: -1 }] }),
      command: ['report', 'results'],
    },
    {
      title: 'results that are named as the page of a report',
      files: { 'results/report.html/runs.jsonl': `${JSON.stringify(RECORD)}\n` },
      command: ['report', 'results'],
    },
    { title: 'a report of nothing', files: { 'results/x': '' }, command: ['report', 'results'] },
    { title: 'a reference that is not there', files: {}, command: ['check', 'reference'] },
    {
      title: 'a file in the place of the results folder',
      files: { ...RUN, out: 'x' },
      command: ['run', 'config.yaml', '--out', 'out'],
    },
    {
      title: 'the config in the place of the results folder',
      files: RUN,
      command: ['sweep', 'config.yaml', '--dry-run', '--out', 'config.yaml'],
    },
  ],
};

export const usage: Section = {
  title: 'Commands and options',
  text: '`deepsad COMMAND --help` lists what a command takes.',
  cases: [
    { title: 'an unknown command', files: {}, command: ['rum', 'config.yaml'] },
    { title: 'no config', files: {}, command: ['run'] },
    { title: 'an unknown option', files: RUN, command: ['run', 'config.yaml', '--job', '2'] },
    { title: 'an option of another command', files: RUN, command: ['run', 'config.yaml', '--dry-run'] },
    {
      title: 'a table in the place of a config',
      files: { 'parts.csv': 'length,state\n1,fine\n' },
      command: ['run', 'parts.csv'],
    },
    { title: 'an option without its value', files: RUN, command: ['run', 'config.yaml', '--set'] },
    { title: 'no number', files: RUN, command: ['run', 'config.yaml', '--jobs', 'two'] },
    {
      title: 'more runs at a time than any machine has cores',
      files: RUN,
      command: ['run', 'config.yaml', '--jobs', '1e9'],
    },
    { title: 'a number out of its range', files: RUN, command: ['run', 'config.yaml', '--cache-size', '-1'] },
    { title: 'no memory at all', files: RUN, command: ['run', 'config.yaml', '--gpu-memory', '0'] },
    {
      title: 'an option given twice',
      files: RUN,
      command: ['run', 'config.yaml', '--out', 'a', '--out', 'b'],
    },
    {
      title: 'a key set twice',
      files: RUN,
      command: ['run', 'config.yaml', '--set', 'seeds=1', '--set', 'seeds=2..3'],
    },
    { title: 'a shard that is none', files: RUN, command: ['sweep', 'config.yaml', '--shard', '5/4'] },
    {
      title: 'options that exclude each other',
      files: RUN,
      command: ['sweep', 'config.yaml', '--keep-going', '--fail-fast'],
    },
  ],
};
