import { sumBy } from 'es-toolkit/math/sumBy';
import type { Run } from '../config/run.js';
import { labelsOf } from '../results/labels.js';
import { risenIn, risenNotice } from '../results/risen-loss.js';
import { TRACED_PHASES, type Trace } from '../results/trace.js';

/** The loss of one training as a page draws it: a point at epoch 0, before any step, at each multiple of `every`, and at the last. */
export interface LossCurve {
  readonly phase: string;
  readonly epochs: number;
  readonly every: number;
  /** To four digits; null where it was not finite. */
  readonly values: readonly (number | null)[];
}

/** Points of all curves together, beyond which a page would be slow: of 3,000 runs of 300 epochs all are drawn. */
const MOST_POINTS = 1e6;

/** Draws the losses of runs, by their ids: every epoch, or of very many runs every second one, or third, and so on. */
export function lossCurves(traces: Iterable<Trace>): (trace: Trace | undefined) => readonly LossCurve[] {
  const points = sumBy([...traces], ({ losses }) => sumBy(Object.values(losses), ({ length }) => length));
  const every = Math.max(1, Math.ceil(points / MOST_POINTS));
  return (trace) =>
    TRACED_PHASES.flatMap((phase) => {
      const losses = trace?.losses[phase];
      if (!losses || losses.length === 0) return [];
      const epochs = losses.length - 1;
      const drawn = losses.filter((_, epoch) => epoch % every === 0 || epoch === epochs);
      return [{ phase, epochs, every, values: Array.from(drawn, shown) }];
    });
}

function shown(loss: number): number | null {
  return Number.isFinite(loss) ? Number(loss.toPrecision(4)) : null;
}

/** What to say of these runs where a loss ended above where it began; undefined where none did. */
export function risenLosses(runs: readonly Run[], traces: ReadonlyMap<string, Trace>): string | undefined {
  const risen = runs.flatMap((run) => {
    const trace = traces.get(run.id);
    const reason = trace && risenIn(run, trace);
    return reason === undefined ? [] : [{ run, reason }];
  });
  if (risen.length === 0) return undefined;
  const [{ run, reason }] = risen;
  return risenNotice(risen.length, runs.length, `${labelsOf(runs)(run)}: ${reason}`);
}
