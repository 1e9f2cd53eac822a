import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../detectors/detector.js';

/** Shows the progress of a fit on a terminal, a bar for each phase; elsewhere nothing. */
export function fitProgress(stream: NodeJS.WriteStream, quiet: boolean) {
  if (quiet || !stream.isTTY) return { update: () => {}, stop: () => {} };
  let bar: SingleBar | undefined;
  let current: Progress['phase'] | undefined;
  const stop = () => bar?.stop();
  const update = ({ phase, done, total }: Progress) => {
    if (phase !== current) {
      stop();
      bar = new SingleBar({ stream, format: `${phase} {bar} {value} of {total}` }, Presets.rect);
      bar.start(total, 0);
      current = phase;
    }
    bar?.update(done);
  };
  return { update, stop };
}
