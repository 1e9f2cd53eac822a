/** Fits and scores with our shallow detectors, as a server that speaks as shallow_peer.py does. */
import { createInterface } from 'node:readline';
import { detectorNamed } from '../src/detectors/registry.js';
import { createEngine } from '../src/engine/device.js';
import { readFloats, readTrainingSet } from './files.js';
import type { ShallowAnswer, ShallowRequest } from './shallow-trainers.js';

const engine = await createEngine('cpu');

async function answer({ folder, features, method, gamma }: ShallowRequest): Promise<ShallowAnswer> {
  const training = await readTrainingSet(folder, [features]);
  const test = await readFloats(folder, 'test.f32');

  const definition = detectorNamed(method);
  const options = definition.resolve(
    gamma === undefined ? {} : { gamma },
    { network: 'mlp', representationSize: 1 },
    [features],
  );
  const detector = definition.create(options, [features]);
  const start = performance.now();
  await detector.fit(training, { seed: 0, engine, report: () => {} });
  const fitted = performance.now();
  const scores = await detector.score(test);
  const end = performance.now();
  return { fitSeconds: (fitted - start) / 1000, scoreSeconds: (end - fitted) / 1000, scores: [...scores] };
}

console.log(JSON.stringify({ name: `deepsad on ${engine.device}` }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as ShallowRequest)));
}
