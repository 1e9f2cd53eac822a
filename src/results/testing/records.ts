import { hash } from 'node:crypto';
import type { Run } from '../../config/run.js';
import type { Environment } from '../environment.js';
import type { RunFailure, RunRecord, RunSuccess } from '../record.js';

const CARDIO = 'cardio';

/** Other data for each name. */
function checksumOf(dataset: string): string {
  return dataset === CARDIO ? 'ab'.repeat(32) : hash('sha256', dataset);
}

/** A run of Deep SAD on cardio but for the given fields; its id follows from its content. */
export function exampleRun(fields: Partial<Omit<Run, 'id'>> = {}): Run {
  const content = {
    dataset: CARDIO,
    dataChecksum: checksumOf(fields.dataset ?? CARDIO),
    normalClass: 'normal',
    knownAnomalyClasses: ['anomaly'],
    labeledAnomalyRatio: 0.01,
    labeledNormalRatio: 0,
    pollutionRatio: 0,
    detector: { name: 'deep-sad', options: { eta: 1 } },
    seed: 1,
    ...fields,
  };
  const id = hash('sha256', JSON.stringify(content)).slice(0, 16);
  return { id, ...content };
}

/** The record of a run, done with an AUROC of 0.9 unless told otherwise. */
export function exampleRecord(
  fields: Partial<Omit<Run, 'id'>> = {},
  outcome: RunSuccess | RunFailure | { auroc: number } = { auroc: 0.9 },
): RunRecord {
  return {
    ...exampleRun(fields),
    ...('status' in outcome ? outcome : { status: 'done', auroc: outcome.auroc, averagePrecision: 0.5 }),
    seconds: { data: 0.5, pretraining: 0, training: 1, scoring: 0.25 },
    engine: 'native',
    device: 'avx2',
    version: '0.1.0',
  };
}

/** An environment that computes such records, but for the given fields. */
export function exampleEnvironment(fields: Partial<Environment> = {}): Environment {
  return {
    deepsad: '0.1.0',
    node: 'v20.19.0',
    os: 'Linux 6.1 x64',
    cpu: 'A',
    cores: 2,
    engines: ['native (avx2)'],
    packages: { zod: '4.0.0' },
    data: { [CARDIO]: checksumOf(CARDIO) },
    ...fields,
  };
}
