import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { Redis } from 'ioredis';
import type { SweepPlan } from '../src/cluster/plan.js';
import { StoredSweep } from '../src/cluster/queue/stored-sweep.js';
import { TestRedis, whyNoRedis } from './testing/redis.js';

const why = whyNoRedis();
(why === undefined ? describe : describe.skip)(
  `a sweep in Redis${why === undefined ? '' : ` (${why})`}`,
  () => {
    let redis: TestRedis;
    beforeAll(async () => {
      redis = await TestRedis.start();
    });
    afterAll(() => redis.stop());

    test('is gone once whoever submitted it and its workers have ended it at the same time', async () => {
      const connections = range(4).map(() => new Redis(redis.address));
      try {
        for (const round of range(30)) {
          const [submitter, ...workers] = connections.map(
            (connection) => new StoredSweep(connection, `round-${round}`),
          );
          const plan = { id: submitter.id } as SweepPlan;
          await submitter.write(plan, [{ index: 0, groups: [], seconds: 0 }]);
          await Promise.all([submitter.remove(), ...workers.map((worker) => worker.end())]);
          expect(await redis.keys()).toEqual([]);
          // And of one that is gone nothing comes back.
          await submitter.remove();
          await workers[0].end();
          expect(await redis.keys()).toEqual([]);
        }
      } finally {
        for (const connection of connections) connection.disconnect();
      }
    });
  },
);
