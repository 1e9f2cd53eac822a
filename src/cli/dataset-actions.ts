import { dataFolder, type LocatedDataset, locateDataset } from '../data/data-folder.js';
import { datasetNames, type GROUPS, selectDatasets } from '../data/descriptor.js';
import { FetchFailed } from '../data/fetch/failures.js';
import { fetchDataset } from '../data/fetch/fetch.js';
import { type FileVerdict, listDatasets, verifyDataset } from '../data/inventory.js';
import { visible } from '../messages/visible.js';
import { paintFor } from './colour.js';
import { datasetInfo } from './dataset-info.js';
import { datasetList } from './dataset-list.js';
import { EXIT_FAILED } from './exit-codes.js';
import { showFetch } from './fetch-progress.js';
import { exitCodeOf, interruption } from './interruption.js';
import { columnsOf, print, printData, printPainted, say } from './output.js';

interface Common {
  readonly dataDir?: string | undefined;
}

/** Prints all data sets, or those of a group, and which of them are here. */
export async function list({
  dataDir,
  json,
  group,
}: Common & { readonly json: boolean; readonly group?: (typeof GROUPS)[number] | undefined }): Promise<void> {
  const entries = await listDatasets(dataDir);
  if (!json) {
    const options = { paint: paintFor(process.stdout), columns: columnsOf(process.stdout), group };
    return printPainted(datasetList(entries, dataFolder(dataDir), options));
  }
  const chosen = entries.filter(({ groups }) => group === undefined || groups.includes(group));
  await printData(`${JSON.stringify(chosen, null, 2)}\n`);
}

/**
 * Prints all that is known of a data set.
 *
 * @throws UserError where none has that name
 */
export async function info({ dataDir, name }: Common & { readonly name: string }): Promise<void> {
  printPainted(visible(await datasetInfo(name, columnsOf(process.stdout), dataDir)));
}

/** Prints the folder of data files. */
export async function path({ dataDir }: Common): Promise<void> {
  await printData(`${dataFolder(dataDir)}\n`);
}

/**
 * Fetches data sets with their progress on standard error, and sets the exit code: 1 where one could not be fetched, or that of the
 * signal that interrupted it.
 *
 * @throws UserError where a name is unknown
 */
export async function fetch({
  names,
  dataDir,
  quiet,
}: Common & { readonly names: readonly string[]; readonly quiet: boolean }): Promise<void> {
  const selected = selectDatasets(names);
  const display = showFetch(process.stderr, quiet);
  const { signal } = interruption();
  const failed: string[] = [];
  try {
    for (const name of selected) {
      const located = locateDataset(name, dataDir);
      try {
        const fetched = await fetchDataset(located, { on: display.on, signal });
        display.say(`${name}: ${fetched.length > 0 ? 'fetched into' : 'already in'} ${placeOf(located)}`);
      } catch (error) {
        if (signal.aborted) {
          display.stop();
          say('Interrupted; the same command goes on from there.');
          process.exitCode = exitCodeOf(signal);
          return;
        }
        if (!(error instanceof FetchFailed)) throw error;
        failed.push(name);
        display.fail(`${name}: could not be fetched\n${error.message}`);
      }
    }
  } finally {
    display.stop();
  }
  if (failed.length > 0) process.exitCode = EXIT_FAILED;
}

function placeOf({ broughtBy, folder }: LocatedDataset): string {
  return broughtBy === undefined ? folder : `the ${broughtBy}`;
}

/**
 * Checks every file that is there and prints what came out, a line a data set, and sets the exit code: 1 where one is damaged.
 *
 * @throws UserError where a pinned checksum cannot be read
 */
export async function verify({ dataDir }: Common): Promise<void> {
  const located = datasetNames().map((name) => locateDataset(name, dataDir));
  let [checked, damaged] = [0, 0];
  for (const dataset of located) {
    const verdicts = await verifyDataset(dataset);
    if (verdicts.every(({ verdict }) => verdict === 'missing')) continue;
    checked++;
    const wrong = verdicts.filter(({ verdict }) => verdict === 'damaged' || verdict === 'missing');
    if (wrong.length > 0) damaged++;
    print(
      `${dataset.name}: ${wrong.length > 0 ? complaint(wrong, dataset) : praise(verdicts, dataset.name)}\n`,
    );
  }
  print(
    `${checked} of ${located.length} data sets are in ${dataFolder(dataDir)} or come with packages; ` +
      `${damaged === 0 ? 'none' : damaged} of them damaged.\n`,
  );
  if (damaged > 0) process.exitCode = EXIT_FAILED;
}

function complaint(wrong: readonly FileVerdict[], { mend }: LocatedDataset): string {
  const each = wrong.map(
    ({ file, difference }) => `${file} is ${difference ? `damaged (${difference})` : 'missing'}`,
  );
  return `${each.join(', ')}; ${mend}`;
}

function praise(verdicts: readonly FileVerdict[], name: string): string {
  const found = verdicts.map(({ verdict }) => verdict);
  if (found.includes('unchecked'))
    return `not checked: no checksum is known; deepsad datasets fetch ${name} pins it`;
  return found.includes('as pinned') ? 'good: as it was when first fetched' : 'good';
}
