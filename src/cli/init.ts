import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Argv, Options } from 'yargs';
import { UserError } from '../errors.js';
import { PACKAGE_ROOT } from '../package.js';
import { examples } from './examples.js';
import { refuseIdle } from './idle-options.js';
import { obeysEscapes, say } from './output.js';
import { withRemedy } from './remedy.js';

export const usage = 'init [table]';

export const options = {
  experiment: {
    type: 'string',
    requiresArg: true,
    describe:
      'Name of a config that comes with deepsad, such as quickstart, cardio or paper/labeled-ratio-mnist',
  },
  label: {
    type: 'string',
    requiresArg: true,
    describe: 'Column of the labels of the table  [default: the last]',
  },
  normal: {
    type: 'string',
    requiresArg: true,
    describe:
      'Label that is normal  [default: the one called so, else the most frequent; 1, -1 and nothing are semi-targets]',
  },
  out: { type: 'string', requiresArg: true, describe: 'File of the config  [default: NAME.yaml]' },
  overwrite: { type: 'boolean', default: false, describe: 'Replace the file that is there' },
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad init`: writes a commented config, for a table or as one that comes with deepsad, and asks where there is a terminal. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Write a config to start from',
    (command) =>
      command
        .positional('table', { type: 'string', describe: 'A table of your own, .csv or .csv.gz' })
        .options(options)
        .example(
          examples(
            ['$0 init parts.csv', 'asks for the labels where there is a terminal'],
            ['$0 init parts.csv --label state --normal fine', 'does not ask'],
            ['$0 init --experiment cardio', 'a copy of configs/cardio.yaml'],
          ),
        ),
    async ({ table, experiment, label, normal, out, overwrite }) => {
      if (table !== undefined && experiment !== undefined) {
        throw new UserError('init: given a table and --experiment; expected one of the two');
      }
      if (table === undefined) refuseIdle({ label, normal }, 'with a table');
      const isAsked = process.stdin.isTTY === true && obeysEscapes(process.stdout);
      const { content, name } =
        table === undefined
          ? await shippedConfig(experiment, isAsked)
          : await tableConfig(table, { label, normal }, isAsked);
      const file = out ?? `${name}.yaml`;
      if (existsSync(file) && !overwrite) {
        throw new UserError(`${file}: is there already; give another --out, or --overwrite to replace it`);
      }
      if (table !== undefined) await checkConfig(content, file);
      const { writeFileAtomic } = await import('../files/write-file.js');
      await withRemedy('give another --out', () => writeFileAtomic(file, content));
      say(`Wrote ${file}. Next:\n    deepsad run ${file}`);
    },
  );
}

/** Different values up to which any column may hold labels. */
const FEW_LABELS = 10;

interface NewConfig {
  readonly name: string;
  readonly content: string;
}

/** One of the values, as the user of a terminal chooses; the first where nobody can be asked. */
async function choose(message: string, values: readonly string[], isAsked: boolean): Promise<string> {
  if (!isAsked || values.length < 2) return values[0];
  const { isCancel, select } = await import('@clack/prompts');
  const chosen = await select({
    message,
    options: values.map((value) => ({ value, label: value })),
    maxItems: 12,
  });
  if (isCancel(chosen)) throw new UserError('init: nothing was written');
  return chosen;
}

async function shippedConfig(wanted: string | undefined, isAsked: boolean): Promise<NewConfig> {
  const [{ shippedConfigs }, { validNames }] = await Promise.all([
    import('../config/shipped.js'),
    import('../messages/suggest.js'),
  ]);
  const names = shippedConfigs();
  if (wanted === undefined && !isAsked) {
    throw new UserError(
      'init: expected a table, or --experiment with the name of a config that comes with deepsad, such as quickstart',
    );
  }
  const name = wanted ?? (await choose('Which experiment?', names, isAsked));
  if (!names.includes(name)) throw new UserError(`--experiment: found ${name}; ${validNames(name, names)}`);
  const text = readFileSync(join(PACKAGE_ROOT, 'configs', `${name}.yaml`), 'utf8');
  // Its first line names the JSON Schema by its place in this package.
  return { name: basename(name), content: text.replace(/^# yaml-language-server: .*\n/, '') };
}

async function tableConfig(
  table: string,
  given: { readonly label: string | undefined; readonly normal: string | undefined },
  isAsked: boolean,
): Promise<NewConfig> {
  const [
    { isPartlyLabeled, surveyTable, tableToConfig },
    { labelCounts },
    { labelName },
    { shippedConfigs },
    { validNames },
  ] = await Promise.all([
    import('../config/table-config.js'),
    import('../config/table-labels.js'),
    import('../data/label-names.js'),
    import('../config/shipped.js'),
    import('../messages/suggest.js'),
  ]);
  if (!existsSync(table) && shippedConfigs().includes(table)) {
    throw new UserError(`${table}: no such file; the config of that name is --experiment ${table}`);
  }
  const survey = await surveyTable(table);
  const columns = [...survey.columns].reverse().map(({ name }) => name);
  const label = given.label ?? (await choose('Which column has the labels?', columns, isAsked));
  const column = survey.columns.find(({ name }) => name === label);
  if (!column) throw new UserError(`--label: ${table} has no column ${label}; ${validNames(label, columns)}`);
  if (given.normal === undefined && isPartlyLabeled(column)) return tableToConfig(survey, label, undefined);
  const labels = [...labelCounts(column.values).keys()];
  const isSpread = given.label === undefined && 2 * labels.length > survey.rows && labels.length > FEW_LABELS;
  if (labels.length < 2 || column.isLong || isSpread) {
    const few =
      labels.length === 1 ? `the value ${labels[0]} alone` : `${labels.length} values in ${survey.rows} rows`;
    const remedy = labels.length === 1 && column.missing > 0 ? partialRemedy(labels[0]) : '';
    throw new UserError(
      `${table}, column ${label}: expected labels, found ${column.isLong ? 'very many values' : few}; name another column with --label${remedy}`,
    );
  }
  const normal = labelName(given.normal ?? (await choose('Which label is normal?', labels, isAsked)));
  if (!labels.includes(normal)) {
    throw new UserError(`--normal: column ${label} has no label ${normal}; ${validNames(normal, labels)}`);
  }
  return tableToConfig(survey, label, normal);
}

/** What to do where a column tells some rows alone, and one thing of them. */
function partialRemedy(label: string): string {
  return (
    ', or if it tells what is known of some rows, write that as +1 (normal) or -1 (anomaly) and name a table to test on (keys semiTarget and test); ' +
    `deepsad fit takes it as it is, with --anomaly ${label} or --normal ${label}`
  );
}

/** Refuses what a run would refuse, such as rows without a label, before it is written. */
async function checkConfig(content: string, file: string): Promise<void> {
  const [{ parseConfig }, { expectData }] = await Promise.all([
    import('../config/load.js'),
    import('../sweep/experiment.js'),
  ]);
  try {
    await expectData(parseConfig(content, file, []));
  } catch (error) {
    throw error instanceof UserError
      ? new UserError(`init: nothing was written, since a run would be refused:\n${error.message}`)
      : error;
  }
}
