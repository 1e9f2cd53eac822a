import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './until.js';

/** Why there can be no Redis here, in words; undefined where there can be one. */
export function whyNoRedis(): string | undefined {
  return spawnSync('redis-server', ['--version']).error
    ? "missing: redis-server (Debian's package)"
    : undefined;
}

/** A Redis on the loopback interface, with an append-only file in a folder of its own. */
export class TestRedis {
  private readonly folder = mkdtempSync(join(tmpdir(), 'deepsad-redis-'));
  private server: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly args: readonly string[],
  ) {}

  static async start(...args: string[]): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), args);
    await redis.begin();
    return redis;
  }

  get address(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Begins to serve, with what its file holds. */
  async begin(): Promise<void> {
    const where = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    this.server = spawn('redis-server', [...where, '--save', '', '--appendonly', 'yes', ...this.args], {
      stdio: 'ignore',
    });
    await until(async () => {
      const redis = new Redis(this.address, { lazyConnect: true, retryStrategy: () => null });
      let answer = '';
      redis.on('error', ({ message }) => {
        answer = message;
      });
      await redis.connect().catch(() => {});
      const isThere = redis.status === 'ready' || /NOAUTH/.test(answer);
      redis.disconnect();
      return isThere;
    });
  }

  /** Ends at once, as a power cut would. */
  async kill(): Promise<void> {
    const ended = this.server && once(this.server, 'exit');
    this.server?.kill('SIGKILL');
    await ended;
  }

  /** Does something with a connection. */
  async with<T>(action: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.address);
    return action(redis).finally(() => redis.disconnect());
  }

  /** The names of all keys. */
  keys(): Promise<string[]> {
    return this.with((redis) => redis.keys('*'));
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return port;
}
