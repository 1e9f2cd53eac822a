import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { range } from 'es-toolkit';
import { markdownTable } from 'markdown-table';
import { type Random, randomStream } from '../src/random.js';
import { EXECUTABLE, REPORT_MEMORY } from './deepsad.js';
import { inFolder } from './files.js';
import { pinned } from './processes.js';
import { digits } from './statistics.js';

const ROWS = 1_000_000;
const COLUMNS = 36;
/** Rows that the models are fitted on, and how. */
const TRAINING_ROWS = 2000;
const DETECTORS: Readonly<Record<string, readonly string[]>> = {
  'deep-sad': ['--set', 'epochs=2'],
  'isolation-forest': [],
};

/** Time and peak memory of `deepsad score` on a table, from the start of its process to its end. */
export async function benchScore(): Promise<void> {
  await inFolder(async (folder) => {
    const random = randomStream(0, 'score bench');
    const [training, table] = [join(folder, 'training.csv'), join(folder, 'table.csv')];
    await writeTable(training, TRAINING_ROWS, random);
    await writeTable(table, ROWS, random);
    const megabytes = (await stat(table)).size / 1e6;
    const lines: string[][] = [];
    for (const [detector, options] of Object.entries(DETECTORS)) {
      const model = join(folder, detector);
      await deepsad(['fit', training, '--quiet', '--detector', detector, ...options, '--out', model], folder);
      const { seconds, peak } = await deepsad(['score', model, table], folder);
      lines.push([detector, String(ROWS), digits(megabytes), digits(seconds), peak.toFixed(0)]);
    }
    console.log(`Scores of rows of ${COLUMNS} columns\n`);
    console.log(
      markdownTable([['detector', 'rows', 'table, MB', 'seconds', 'peak MB'], ...lines], {
        align: ['l', 'r', 'r', 'r', 'r'],
      }),
    );
  });
}

async function writeTable(file: string, rows: number, random: Random): Promise<void> {
  const stream = createWriteStream(file);
  stream.write(`${range(COLUMNS).map((column) => `x${column}`)}\n`);
  for (let row = 0; row < rows; row++) {
    const line = `${range(COLUMNS).map(() => random.uniform(0, 100).toFixed(4))}\n`;
    if (!stream.write(line)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

/** Runs the program on the pinned core, its output unread. */
async function deepsad(
  args: readonly string[],
  folder: string,
): Promise<{ readonly seconds: number; readonly peak: number }> {
  const memoryFile = join(folder, 'memory');
  const [program, ...rest] = pinned([process.execPath, '--import', REPORT_MEMORY, EXECUTABLE, ...args]);
  const start = performance.now();
  const child = spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PEAK_MEMORY_FILE: memoryFile },
  });
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`deepsad ${args[0]} ended with exit code ${code}`);
  return { seconds, peak: Number(await readFile(memoryFile, 'utf8')) / 1024 };
}
