import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../detectors/detector.js';
import { barLine } from './bar-line.js';
import { obeysEscapes } from './output.js';

/** Shows the progress of a fit on a terminal that can, a bar for each phase; elsewhere nothing. */
export function fitProgress(stream: NodeJS.WriteStream, quiet: boolean) {
  if (quiet || !obeysEscapes(stream)) return { update: () => {}, stop: () => {} };
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
