import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { UserError } from '../../errors.js';
import { installedVersion, PEER_DEPENDENCIES } from '../../package.js';
import { PASSWORD } from './address.js';

/** Packages that only a queue needs. */
const PACKAGES = ['bullmq', 'ioredis'];

/** The oldest Redis that has all that is asked of it. */
const OLDEST = [6, 2];

/** Milliseconds after which a Redis that does not answer is given up, and between two attempts to get a lost one back, at most. */
const PATIENCE = 5000;
const LONGEST_WAIT = 10_000;

/** What to do with a connection that is lost later on. */
export interface Patience {
  /** Is told once each time that it is lost. */
  lost(reason: string): void;
}

/**
 * Connects to a Redis that is there and answers.
 *
 * @param patience to connect again whenever the connection is lost, with commands waiting until then; without it, they are refused
 * @returns the connection, which whoever asked for it closes
 * @throws UserError where a package is missing, nobody answers at the address, or the password is refused
 */
export async function connect(address: string, patience?: Patience): Promise<Redis> {
  const missing = PACKAGES.filter((name) => installedVersion(name) === undefined);
  if (missing.length > 0) {
    const wanted = missing.map((name) => `${name}@${PEER_DEPENDENCIES[name]}`).join(' ');
    throw new UserError(
      `${address}: ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed; npm install ${wanted}`,
    );
  }
  const password = process.env[PASSWORD] || undefined;
  // One that is not wanted is not offered: ioredis would print what it thinks of it.
  if (password !== undefined && new URL(address).username === '') {
    const opened = await open(address, undefined, patience);
    if (typeof opened !== 'string') return opened;
    if (!WANTS_PASSWORD.test(opened)) throw new UserError(`${address}: ${refusal(opened)}`);
  }
  const opened = await open(address, password, patience);
  if (typeof opened === 'string') throw new UserError(`${address}: ${refusal(opened)}`);
  return opened;
}

/** Connects with a password, or none. @returns the connection, or why there is none, as Redis or the system says it */
async function open(
  address: string,
  password: string | undefined,
  patience: Patience | undefined,
): Promise<Redis | string> {
  const { Redis } = await import('ioredis');
  let isOpen = false;
  let isLost = false;
  const redis = new Redis(address, {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    // A network may swallow a connection without a word.
    socketTimeout: 6 * PATIENCE,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (isOpen && patience ? Math.min(250 * 2 ** attempt, LONGEST_WAIT) : null),
    ...(password === undefined ? {} : { password }),
  });
  let reason = 'the connection was closed';
  redis.on('error', (error) => {
    reason = error.message;
  });
  // Not said of a connection that was closed on purpose.
  redis.on('reconnecting', () => {
    if (!isLost) patience?.lost(reason);
    isLost = true;
  });
  redis.on('ready', () => {
    isLost = false;
  });
  redis.on('end', () => refuseUnfulfilled(redis));
  try {
    await redis.connect();
  } catch {
    redis.disconnect();
    return reason;
  }
  isOpen = true;
  return redis;
}

/** Ends a connection for good, and refuses what waits for one that is lost: ioredis does as a last attempt to get it back fails. */
export function giveUp(redis: Redis): void {
  const isLost = redis.status === 'reconnecting';
  redis.disconnect();
  if (isLost) redis.connect().catch(() => {});
}

/** What ioredis would send again of a connection that it has lost. */
interface Unfulfilled {
  readonly prevCommandQueue?: { shift(): { command: { reject(error: Error): void } } | undefined } | null;
}

/** Refuses what a connection that is lost for good has not answered: ioredis does not where one more attempt came half way. */
function refuseUnfulfilled(redis: Redis): void {
  const { prevCommandQueue } = redis as unknown as Unfulfilled;
  for (let item = prevCommandQueue?.shift(); item; item = prevCommandQueue?.shift()) {
    item.command.reject(new Error('the connection was lost'));
  }
}

/**
 * Does something with a connection, and closes it.
 *
 * @param patience as `connect` takes it
 * @throws UserError as `connect` does, and where the connection is lost or Redis refuses what it is asked
 */
export async function connected<T>(
  address: string,
  action: (redis: Redis) => Promise<T>,
  patience?: Patience,
): Promise<T> {
  const redis = await connect(address, patience);
  try {
    return await action(redis);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (redis.status !== 'ready') throw new UserError(`${address}: the connection was lost`);
    const { name, message } = error as Error;
    throw name === 'ReplyError' ? new UserError(`${address}: ${message}`) : error;
  } finally {
    redis.disconnect();
  }
}

const WANTS_PASSWORD = /^NOAUTH/;

/** Why there is no connection, and what mends it. */
function refusal(reason: string): string {
  if (WANTS_PASSWORD.test(reason))
    return `it wants a password; give it in ${PASSWORD}, or in the address as redis://:password@host`;
  if (/^(WRONGPASS|ERR invalid password|ERR AUTH)/.test(reason)) {
    return `it refuses the password; mend it in ${PASSWORD}, or in the address as redis://user:password@host`;
  }
  if (/ECONNREFUSED/.test(reason)) return 'nobody listens there; start Redis, or mend the address';
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return 'there is no such host; mend the address';
  if (/ETIMEDOUT/.test(reason)) {
    return `no answer after ${PATIENCE / 1000} s; mend the address, with rediss:// where it speaks TLS and redis:// where it does not`;
  }
  if (/certificate|self-signed/i.test(reason)) {
    return `${reason}; name the authority of its certificate in NODE_EXTRA_CA_CERTS`;
  }
  return `${reason}; does it speak TLS (rediss://) or not (redis://)?`;
}

/**
 * Checks that a Redis can hold a queue.
 *
 * @returns what makes it less safe than it could be, in words
 * @throws UserError where it is too old
 */
export async function checkServer(redis: Redis, address: string): Promise<string[]> {
  const info = await redis.info();
  const value = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = value('redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new UserError(
      `${address}: Redis ${version} is too old; ${OLDEST.join('.')} or later has what a queue needs`,
    );
  }
  const isForgetful = value('aof_enabled') === '0';
  const isOpenToAll = Boolean(process.env[PASSWORD]) && !redis.options.password;
  const evicts = Number(value('maxmemory')) > 0 && value('maxmemory_policy') !== 'noeviction';
  return [
    ...(isOpenToAll
      ? [`${address} wants no password: whoever reaches it decides what workers execute (requirepass)`]
      : []),
    ...(isForgetful
      ? [
          `${address} keeps no append-only file: what it holds is lost where it restarts, and computed again (appendonly yes)`,
        ]
      : []),
    ...(evicts
      ? [
          `${address} drops what it holds where memory is short, and it is computed again (maxmemory-policy noeviction)`,
        ]
      : []),
  ];
}

/**
 * Repeats what Redis refuses, as it does where its disk or memory is full, until it is taken.
 *
 * @param refused is told the first time
 * @throws what Redis refused it with, once the signal is aborted
 */
export async function insist<T>(
  action: () => Promise<T>,
  refused: (reason: string) => void,
  signal: AbortSignal,
): Promise<T> {
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await action();
    } catch (error) {
      if (signal.aborted) throw error;
      if (wait === 500) refused((error as Error).message);
      await setTimeout(wait, undefined, { signal }).catch(() => {});
    }
  }
}
