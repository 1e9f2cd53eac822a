import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { contentOfFile, difference, digest } from '../checksum.js';
import type { KnownContent } from '../descriptor.js';
import { download } from './download.js';
import { FetchFailed } from './failures.js';
import { openHttp } from './http.js';
import type { Patience } from './patience.js';
import { impatience } from './testing/patience.js';
import {
  ranged,
  redirect,
  silent,
  stalled,
  startServer,
  status,
  type TestServer,
  truncated,
  unannounced,
  whole,
} from './testing/server.js';

const folder = mkdtempSync(path.join(tmpdir(), 'deepsad-download-'));
// The test server is reached directly, whatever proxies this machine has.
for (const name of ['NO_PROXY', 'no_proxy']) process.env[name] = '*';
afterAll(() => rmSync(folder, { recursive: true }));

/** More than fits into the buffers between server and client. */
const CONTENT = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i + (i >> 8)) % 251);
const OTHER = CONTENT.map((byte) => byte + 1);
const KNOWN: KnownContent = { bytes: CONTENT.length, sha256: digest('sha256', [CONTENT]) };
/** Nothing is known of a file but where it is. */
const UNKNOWN: KnownContent = {};
const HALF = 150_000;

let server: TestServer;
let part: string;
let files = 0;
beforeEach(async () => {
  server = await startServer();
  part = path.join(folder, `${files++}.part`);
});
afterEach(() => server.close());

interface Outcome {
  readonly waits: readonly number[];
  readonly setbacks: readonly string[];
  /** What stands under the part's name in the end. */
  readonly content: Uint8Array | undefined;
  readonly error: Error | undefined;
}

interface Circumstances {
  readonly patience?: Partial<Patience>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

/** Downloads into the part; where nothing is known of the content, all is right. */
async function attempt(
  urls: readonly string[],
  known: KnownContent = KNOWN,
  circumstances: Circumstances = {},
): Promise<Outcome> {
  const { signal, onProgress } = circumstances;
  const { patience, waits } = impatience(circumstances.patience);
  const http = openHttp(patience);
  const setbacks: string[] = [];
  const check = async (file: string) => difference(known, await contentOfFile(file));
  const options = {
    http,
    patience,
    signal,
    onProgress(received: number, total: number | undefined) {
      onProgress?.(received, total);
      server.reached(received);
    },
    onSetback: (text: string) => setbacks.push(text),
  };
  const error = await download({ urls, known, part, check }, options).then(
    () => undefined,
    (reason: Error) => reason,
  );
  await http.close();
  const content = existsSync(part) ? new Uint8Array(readFileSync(part)) : undefined;
  return { waits, setbacks, content, error };
}

/** Whether all of the content came. */
function isWhole({ content }: Outcome): boolean {
  return content !== undefined && Buffer.compare(content, CONTENT) === 0;
}

const ranges = () => server.received.map(({ range }) => range);

describe('an answer that is right', () => {
  test.each([
    ['of a known length', whole(CONTENT)],
    ['of an unknown length', unannounced(CONTENT)],
    ['with a content type', whole(CONTENT, { 'content-type': 'text/html', etag: 'W/"weak"' })],
  ])('%s is taken', async (_, behaviour) => {
    const outcome = await attempt([server.route('/a', behaviour)]);
    expect(outcome).toMatchObject({ error: undefined, waits: [], setbacks: [] });
    expect(isWhole(outcome)).toBe(true);
  });

  test('and its progress is told, up to all bytes', async () => {
    const told: [number, number | undefined][] = [];
    await attempt([server.route('/a', whole(CONTENT))], UNKNOWN, { onProgress: (...p) => told.push(p) });
    expect(told[0]).toEqual([0, 300_000]);
    expect(told.at(-1)).toEqual([300_000, 300_000]);
  });

  test('replaces a link that was planted in the place of its part', async () => {
    const victim = path.join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, part);
    expect(isWhole(await attempt([server.route('/a', whole(CONTENT))]))).toBe(true);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  test('after redirections is taken', async () => {
    server.route('/c', whole(CONTENT));
    server.route('/b', redirect('c'));
    const outcome = await attempt([server.route('/a', redirect(`${server.origin}/b`))]);
    expect(isWhole(outcome)).toBe(true);
    expect(server.received.map((request) => request.path)).toEqual(['/a', '/b', '/c']);
  });
});

describe('a transfer that breaks off', () => {
  test('goes on from where it stopped', async () => {
    const url = server.route('/a', truncated(CONTENT, HALF), ranged(CONTENT));
    const outcome = await attempt([url]);
    expect(isWhole(outcome)).toBe(true);
    expect(ranges()).toEqual([undefined, `bytes=${HALF}-`]);
    expect(outcome.waits).toEqual([1000]);
    expect(outcome.setbacks).toEqual([expect.stringContaining('/a: the connection was closed')]);
  });

  test('goes on in a later command, also where it was killed', async () => {
    writeFileSync(part, CONTENT.subarray(0, 1000));
    expect(isWhole(await attempt([server.route('/a', ranged(CONTENT))]))).toBe(true);
    expect(ranges()).toEqual(['bytes=1000-']);
  });

  test('goes on from another address, since the checksum is known', async () => {
    const first = server.route('/a', truncated(CONTENT, HALF), status(404));
    const outcome = await attempt([first, server.route('/b', ranged(CONTENT))]);
    expect(isWhole(outcome)).toBe(true);
    expect(server.received.at(-1)).toMatchObject({ path: '/b', range: `bytes=${HALF}-` });
  });

  test('begins anew where the server gives no ranges', async () => {
    const outcome = await attempt([server.route('/a', truncated(CONTENT, HALF), whole(CONTENT))]);
    expect(isWhole(outcome)).toBe(true);
    expect(ranges()).toEqual([undefined, `bytes=${HALF}-`]);
  });

  test('begins anew where the server gives another range', async () => {
    const wrong = status(206, { 'content-range': 'bytes 0-9/10' });
    const outcome = await attempt([server.route('/a', truncated(CONTENT, HALF), wrong, whole(CONTENT))]);
    expect(isWhole(outcome)).toBe(true);
    expect(outcome.setbacks[1]).toContain(`/a: the server cannot go on from byte ${HALF}; again in 2 s`);
  });

  test('begins anew where the server has fewer bytes than are there', async () => {
    writeFileSync(part, new Uint8Array(400_000));
    expect(isWhole(await attempt([server.route('/a', ranged(CONTENT))]))).toBe(true);
    expect(ranges()).toEqual(['bytes=400000-', undefined]);
  });

  test('begins anew where the bytes that were there were wrong', async () => {
    writeFileSync(part, OTHER.subarray(0, HALF));
    const outcome = await attempt([server.route('/a', ranged(CONTENT))]);
    expect(isWhole(outcome)).toBe(true);
    expect(ranges()).toEqual([`bytes=${HALF}-`, undefined]);
    expect(outcome.setbacks).toEqual([expect.stringMatching(/expected sha256 .*; beginning anew/)]);
  });

  test('needs no server where all bytes are there', async () => {
    writeFileSync(part, CONTENT);
    expect(await attempt(['http://127.0.0.1:1/'])).toMatchObject({ error: undefined, waits: [] });
    writeFileSync(part, OTHER);
    expect(isWhole(await attempt([server.route('/a', ranged(CONTENT))]))).toBe(true);
    expect(ranges()).toEqual([undefined]);
  });

  test('is given up after five attempts in a row that bring nothing, but not before', async () => {
    const [first, ...more] = [HALF, HALF + 1, HALF + 2, HALF].map((sent) => truncated(CONTENT, sent));
    const outcome = await attempt([server.route('/a', first, ...more)]);
    expect(outcome.error).toBeInstanceOf(FetchFailed);
    expect(outcome.error?.message).toMatch(/\/a: the connection was closed.*, 5 times in a row$/);
    // Three attempts bring more than any before them, each of which begins the count again.
    expect(outcome.waits).toEqual([1000, 1000, 1000, 2000, 4000, 8000]);
    expect(outcome.content?.length).toBe(HALF);
  });

  test('by stalling, or by no answer, is begun again', async () => {
    const url = server.route('/a', stalled(CONTENT, HALF), silent(), ranged(CONTENT));
    const outcome = await attempt([url], KNOWN, { patience: { stall: 300, answer: 300 } });
    expect(isWhole(outcome)).toBe(true);
    expect(outcome.setbacks.slice(0, 2)).toEqual([
      expect.stringContaining('no more data in time'),
      expect.stringContaining('no answer in time'),
    ]);
  });

  test('by an interruption leaves what came', async () => {
    const controller = new AbortController();
    const outcome = await attempt([server.route('/a', stalled(CONTENT, HALF))], KNOWN, {
      signal: controller.signal,
      onProgress: (received) => received === HALF && controller.abort('SIGINT'),
    });
    expect(outcome).toMatchObject({ error: expect.anything(), setbacks: [], waits: [] });
    expect(isWhole(await attempt([server.route('/a', ranged(CONTENT))]))).toBe(true);
    expect(ranges()).toEqual([undefined, `bytes=${HALF}-`]);
  });
});

describe('without a known checksum', () => {
  test('a transfer goes on where the entity tag says that the content is the same', async () => {
    const url = server.route('/a', truncated(CONTENT, HALF, { etag: '"1"' }), ranged(CONTENT, '"1"'));
    expect(isWhole(await attempt([url], UNKNOWN))).toBe(true);
    expect(server.received[1]).toMatchObject({ range: `bytes=${HALF}-`, ifRange: '"1"' });
  });

  test('it begins anew where the content is another by now', async () => {
    const url = server.route('/a', truncated(OTHER, HALF, { etag: '"1"' }), ranged(CONTENT, '"2"'));
    expect(isWhole(await attempt([url], UNKNOWN))).toBe(true);
  });

  test.each([
    ['there is no tag', {}],
    ['the tag is weak', { etag: 'W/"1"' }],
  ])('it begins anew where %s', async (_, headers) => {
    const url = server.route('/a', truncated(OTHER, HALF, headers), ranged(CONTENT, 'W/"1"'));
    expect(isWhole(await attempt([url], UNKNOWN))).toBe(true);
    expect(ranges()).toEqual([undefined, undefined]);
  });

  test('it begins anew at another address', async () => {
    const first = server.route('/a', truncated(OTHER, HALF, { etag: '"1"' }), status(404));
    const second = server.route('/b', ranged(CONTENT, '"1"'));
    expect(isWhole(await attempt([first, second], UNKNOWN))).toBe(true);
    expect(server.received.at(-1)).toMatchObject({ path: '/b', range: undefined });
  });

  test('an answer of a length that was not announced is whole only where the connection ends in order', async () => {
    const broken: Parameters<TestServer['route']>[1] = (_, response) => {
      response.writeHead(200);
      response.write(CONTENT.subarray(0, HALF), () => response.socket?.destroy());
    };
    const outcome = await attempt([server.route('/a', broken, unannounced(CONTENT))], UNKNOWN);
    expect(isWhole(outcome)).toBe(true);
    expect(outcome.setbacks).toHaveLength(1);
  });
});

describe('an address that does not have the file', () => {
  test.each([
    ['404', status(404), 'HTTP status 404'],
    ['403', status(403), 'HTTP status 403'],
    ['a redirection without end', redirect('/a'), 'redirected more than 10 times'],
    [
      'a redirection to a file',
      redirect('file:///etc/passwd'),
      'redirected to file:///etc/passwd, which is no https',
    ],
    ['a redirection to nowhere', redirect('http://['), 'redirected to http://[, which is no https address'],
    ['other bytes', whole(OTHER), `expected sha256 ${KNOWN.sha256}, found ${digest('sha256', [OTHER])}`],
    ['fewer bytes', whole(CONTENT.subarray(1)), 'has 299999 bytes instead of 300000'],
    ['more bytes', whole(new Uint8Array(300_001)), 'has 300001 bytes instead of 300000'],
    ['more bytes than it says', unannounced(new Uint8Array(900_000)), 'sends more than 300000 bytes'],
  ])('(%s) is left for the next one at once', async (_, behaviour, reason) => {
    const wrong = server.route('/a', behaviour);
    const failed = await attempt([wrong]);
    expect(failed.error).toBeInstanceOf(FetchFailed);
    expect(failed.error?.message).toContain(`${wrong}: ${reason}`);
    expect(failed.waits).toEqual([]);
    const outcome = await attempt([wrong, server.route('/b', ranged(CONTENT))]);
    expect(outcome.error).toBeUndefined();
    expect(isWhole(outcome)).toBe(true);
  });

  test('all of them are named with their reasons where none has it', async () => {
    const urls = [server.route('/a', status(404)), server.route('/b', status(410))];
    expect((await attempt(urls)).error?.message).toBe(
      `${urls[0]}: HTTP status 404\n${urls[1]}: HTTP status 410`,
    );
  });

  test('nobody listens there', async () => {
    await server.close();
    const { error, waits } = await attempt([`${server.origin}/a`]);
    expect(error?.message).toBe(`${server.origin}/a: the server refused the connection, 5 times in a row`);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    server = await startServer();
  });
});

describe('a server that is busy', () => {
  test.each([408, 429, 500, 502, 503, 504])('(%d) is asked again', async (code) => {
    const outcome = await attempt([server.route('/a', status(code), status(code), whole(CONTENT))]);
    expect(isWhole(outcome)).toBe(true);
    expect(outcome.waits).toEqual([1000, 2000]);
  });

  test.each([
    ['seconds', '7', 7000],
    ['a date that is past', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['nonsense', 'soon', 1000],
  ])('is given the time it asks for: %s', async (_, value, wait) => {
    const busy = status(429, { 'retry-after': value });
    const outcome = await attempt([server.route('/a', busy, whole(CONTENT))]);
    expect(isWhole(outcome)).toBe(true);
    expect(outcome.waits).toEqual([wait]);
  });

  test('is left for the next address where it asks for too much time', async () => {
    const busy = server.route('/a', status(503, { 'retry-after': '86400' }));
    expect((await attempt([busy])).error?.message).toBe(`${busy}: HTTP status 503, and asks to wait 86400 s`);
    expect(isWhole(await attempt([busy, server.route('/b', whole(CONTENT))]))).toBe(true);
  });

  test('is given up in the end', async () => {
    const { error, waits } = await attempt([server.route('/a', status(503))]);
    expect(error?.message).toMatch(/HTTP status 503, 5 times in a row$/);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });
});
