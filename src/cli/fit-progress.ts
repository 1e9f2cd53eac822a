import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../detectors/detector.js';
import { barLine } from './bar-line.js';

/** Shows the progress of a fit on a terminal, a bar for each phase; elsewhere nothing. */
export function fitProgress(stream: NodeJS.WriteStream, quiet: boolean) {
  if (quiet || !stream.isTTY) return { update: () => {}, stop: () => {} };
  let bar: SingleBar | undefined;
  let current: Progress['phase'] | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  const update = ({ phase, done, total }: Progress) => {
    if (phase !== current) {
      stop();
      bar = new SingleBar(
        {
          stream,
          format: (options, params) => {
            const count = `${params.value}/${params.total}`;
            return barLine(options, params, { count, title: phase }, stream.columns);
          },
          barsize: 20,
        },
        Presets.shades_classic,
      );
      bar.start(total, 0);
      current = phase;
    }
    bar?.update(done);
  };
  return { update, stop };
}
