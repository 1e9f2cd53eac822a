import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import prettyBytes from 'pretty-bytes';
import { generate } from 'selfsigned';
import { digest } from '../src/data/checksum.js';
import { npzTable } from '../src/data/fetch/testing/npz.js';
import { startProxy, type TestProxy } from '../src/data/fetch/testing/proxy.js';
import {
  ranged,
  redirect,
  stalled,
  startServer,
  status,
  type TestServer,
} from '../src/data/fetch/testing/server.js';
import { HAS_FASHION_MNIST } from '../src/data/testing/data-folder.js';
import { deepsad, type Ending, PATIENCE, start } from './testing/program.js';

jest.setTimeout(PATIENCE);

const root = mkdtempSync(join(tmpdir(), 'deepsad-datasets-'));
afterAll(() => rmSync(root, { recursive: true }));

/*
 * The program believes that it talks to the real servers: its proxy leads each of them to a local one, whose certificate it is told
 * to trust.
 */
const HOSTS = ['raw.githubusercontent.com', 'jihulab.com'];
const SPEECH =
  '/Minqi824/ADBench/3dac8221081e190f157d78e93bfa8867f90d0965/adbench/datasets/Classical/36_speech.npz';
const SPEECH_MIRROR =
  '/BraudoCC/ADBench_datasets/-/raw/339d2ab2d53416854f6535442a67393634d1a778/Classical/36_speech.npz';
/** Data sets that a Debian package brings. */
const BROUGHT = HAS_FASHION_MNIST ? 1 : 0;
const certificateFile = join(root, 'certificate.pem');

let tls: { readonly key: string; readonly cert: string };
let table: Uint8Array;
beforeAll(async () => {
  const extensions = [
    { name: 'basicConstraints', cA: true } as const,
    { name: 'subjectAltName', altNames: HOSTS.map((value) => ({ type: 2, value }) as const) } as const,
  ];
  const pems = await generate([{ name: 'commonName', value: 'deepsad tests' }], {
    keyType: 'ec',
    extensions,
  });
  tls = { key: pems.private, cert: pems.cert };
  writeFileSync(certificateFile, pems.cert);
  // As many samples, features and anomalies as the real one.
  table = await npzTable(3686, 400, 61);
});

let server: TestServer;
let proxy: TestProxy;
let folder: string;
beforeEach(async () => {
  server = await startServer(tls);
  proxy = await startProxy({ port: Number(new URL(server.origin).port) });
  folder = mkdtempSync(join(root, 'data-'));
});
afterEach(() => Promise.all([server.close(), proxy.close()]));

function variables(): NodeJS.ProcessEnv {
  return {
    DEEPSAD_DATA: folder,
    HTTPS_PROXY: proxy.address,
    https_proxy: proxy.address,
    NO_PROXY: '',
    no_proxy: '',
    NODE_EXTRA_CA_CERTS: certificateFile,
  };
}

function datasets(...args: string[]): Promise<Ending> {
  return deepsad(['datasets', ...args], undefined, variables());
}

describe('usage', () => {
  test('help shows examples', async () => {
    const { stdout } = await datasets('--help');
    for (const name of ['list', 'info', 'fetch', 'verify', 'path'])
      expect(stdout).toContain(`deepsad datasets ${name}`);
    expect((await datasets('fetch', '--help')).stdout).toMatch(
      /paper, odds, adbench, mvtec[\s\S]*deepsad datasets fetch paper[\s\S]*HTTPS_PROXY/,
    );
  });

  test.each([
    [['lists'], 'unknown argument lists (did you mean list?); see deepsad datasets --help'],
    [['list', '--jsn'], 'unknown argument jsn (did you mean --json?); see deepsad datasets list --help'],
    [['fetch'], '<names..> is missing: deepsad datasets fetch <names..>; see deepsad datasets fetch --help'],
  ])('%j is refused', async (args, message) => {
    expect(await datasets(...args)).toEqual({ code: 2, stdout: '', stderr: `${message}\n` });
  });

  test.each([
    [['info', 'cifar'], 'no data set is named cifar: did you mean cifar10? valid: cifar10, '],
    [
      ['fetch', 'mnist', 'padper'],
      'no data set or group is named padper: did you mean paper? valid: paper, ',
    ],
  ])('%j names what is valid', async (args, message) => {
    const { code, stderr } = await datasets(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

test('path is the folder of --data-dir, else of DEEPSAD_DATA, else the cache of the platform', async () => {
  const path = async (args: readonly string[], data: string) => {
    const env = { ...variables(), DEEPSAD_DATA: data, XDG_CACHE_HOME: join(folder, 'cache') };
    return (await deepsad(['datasets', 'path', ...args], undefined, env)).stdout;
  };
  expect(await path(['--data-dir', '/given'], '/variable')).toBe('/given\n');
  expect(await path([], '/variable')).toBe('/variable\n');
  if (process.platform === 'linux') expect(await path([], '')).toBe(`${join(folder, 'cache', 'deepsad')}\n`);
});

test('a run without its data names the command that fetches them, after which it runs', async () => {
  server.route(SPEECH, ranged(table));
  const config = join(folder, 'speech.yaml');
  const detectors = [{ name: 'deep-sad', epochs: 2, pretrainEpochs: 2 }];
  writeFileSync(config, JSON.stringify({ name: 'speech', dataset: 'adbench/speech', detectors }));
  const run = () => deepsad(['run', config, '--out', join(folder, 'results')], undefined, variables());
  expect(await run()).toEqual({
    code: 2,
    stdout: '',
    stderr:
      `not in the data folder ${folder}: adbench/speech (adbench/36_speech.npz); fetch by\n` +
      '    deepsad datasets fetch adbench/speech\n' +
      'or name the folder that has the files with --data-dir or the environment variable DEEPSAD_DATA\n',
  });

  const fetched = await datasets('fetch', 'adbench/speech');
  const file = join(folder, 'adbench/36_speech.npz');
  expect(fetched).toEqual({
    code: 0,
    stdout: '',
    stderr:
      `adbench/36_speech.npz: 0 B of ${prettyBytes(table.length)}\n` +
      `adbench/36_speech.npz: no checksum is published; pinned as it is now, sha256 ${digest('sha256', [table])}, ` +
      `in ${file}.sha256.\nadbench/speech: fetched into ${folder}\n`,
  });
  expect(proxy.tunnels).toEqual(['raw.githubusercontent.com:443']);
  expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining('Deep SAD') });

  expect(await datasets('fetch', 'adbench/speech', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
  const [before, entry] = [await datasets('info', 'adbench/speech'), await listed('adbench/speech')];
  expect(before.stdout).toContain(
    `${digest('sha256', [table])}  adbench/36_speech.npz, pinned when first fetched`,
  );
  expect(entry).toMatchObject({ status: 'present', files: [{ file, status: 'present' }], samples: 3686 });
});

async function listed(name: string): Promise<unknown> {
  const entries = JSON.parse((await datasets('list', '--json')).stdout) as { readonly name: string }[];
  return entries.find((entry) => entry.name === name);
}

test('list says of every data set whether it is here', async () => {
  mkdirSync(join(folder, 'adbench'));
  writeFileSync(join(folder, 'adbench/36_speech.npz'), table);
  mkdirSync(join(folder, 'cifar-10-batches-bin'));
  writeFileSync(join(folder, 'cifar-10-batches-bin/data_batch_1.bin'), 'not all of it');
  const { code, stdout } = await datasets('list');
  expect(code).toBe(0);
  const row = (name: string) =>
    stdout
      .split('\n')
      .find((line) => line.includes(`  ${name} `))
      ?.split(/ {2,}/);
  expect(row('adbench/speech')).toEqual(['✓', 'adbench/speech', '3,686', '400', '1.7 %']);
  expect(row('cifar10')).toEqual(['!', 'cifar10', '60,000', '3 × 32 × 32', '10 classes', '170 MB']);
  expect(row('cardio')?.[0]).toBe('');
  expect(row('mnist')?.[0]).toBe('✓');
  expect(row('fashion-mnist')?.[0]).toBe(HAS_FASHION_MNIST ? '✓' : '');
  expect(stdout).toContain(`✓ ${2 + BROUGHT} of 71 are here. The data folder is ${folder}\n`);
});

test('verify finds a damaged file and says how to mend it, which fetch does from a mirror', async () => {
  server.route(SPEECH, ranged(table));
  await datasets('fetch', 'adbench/speech');
  const good = await datasets('verify');
  expect(good.code).toBe(0);
  expect(good.stdout).toMatch(
    /^adbench\/speech: good: as it was when first fetched\n(fashion-mnist: good\n)?mnist: good\n[23] of 71 .*; none of them damaged/,
  );

  const file = join(folder, 'adbench/36_speech.npz');
  const damaged = Buffer.from(table);
  damaged[100] ^= 1;
  writeFileSync(file, damaged);
  const bad = await datasets('verify');
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain(
    `adbench/speech: ${file} is damaged (expected sha256 ${digest('sha256', [table])}, found ` +
      `${digest('sha256', [damaged])}); get it again by\n    deepsad datasets fetch adbench/speech\n`,
  );
  expect(bad.stdout).toContain('; 1 of them damaged.');

  server.route(SPEECH, status(404));
  server.route(SPEECH_MIRROR, ranged(table));
  const { code, stderr } = await datasets('fetch', 'adbench/speech');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('is damaged') });
  expect(new Uint8Array(readFileSync(file))).toEqual(new Uint8Array(table));
  expect(proxy.tunnels).toContain('jihulab.com:443');
  expect((await datasets('verify')).code).toBe(0);
});

test('what cannot be fetched is said with its reasons, and the others are fetched', async () => {
  const elsewhere = redirect('http://raw.githubusercontent.com/yeast');
  server.route(SPEECH.replace('36_speech', '47_yeast'), elsewhere);
  server.route(SPEECH, ranged(table));
  const { code, stdout, stderr } = await datasets(
    'fetch',
    'adbench/yeast',
    'adbench/speech',
    'mnist',
    '--quiet',
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^adbench\/yeast: could not be fetched\nhttps:\/\/raw.*47_yeast.npz: redirected to http:.*, which is no https address\nhttps:\/\/jihulab.*: HTTP status 404\n$/,
  );
  expect(existsSync(join(folder, 'adbench/36_speech.npz'))).toBe(true);
});

test('a certificate that is not trusted is refused at once', async () => {
  server.route(SPEECH, ranged(table));
  const env = { ...variables(), NODE_EXTRA_CA_CERTS: '' };
  const { code, stderr } = await deepsad(['datasets', 'fetch', 'adbench/speech'], undefined, env);
  expect(code).toBe(1);
  expect(stderr).toMatch(/36_speech.npz: self.signed certificate/);
});

test('Ctrl-C leaves what came, and the same command goes on from there', async () => {
  const etag = '"1"';
  server.route(SPEECH, stalled(table, 500, { etag }));
  const child = start(['datasets', 'fetch', 'adbench/speech'], variables());
  const part = join(folder, 'adbench/36_speech.npz.part');
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  const came = () => existsSync(part) && statSync(part).size === 500;
  while (!came() && child.exitCode === null) await setTimeout(20);
  child.kill('SIGINT');
  expect(await closed).toBe(130);
  expect(stderr).toContain('Interrupted; the same command goes on from there.\n');
  expect(existsSync(join(folder, 'adbench/36_speech.npz'))).toBe(false);

  server.route(SPEECH, ranged(table, etag));
  expect((await datasets('fetch', 'adbench/speech')).code).toBe(0);
  expect(server.received.at(-1)).toMatchObject({ range: 'bytes=500-', ifRange: etag });
  expect(existsSync(part)).toBe(false);
});
