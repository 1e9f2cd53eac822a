import { sum } from 'es-toolkit/math/sum';
import junit, { type Builder } from 'junit-report-builder';
import type { Run } from '../config/run.js';
import type { Drift } from '../results/drifts.js';
import { agrees, environmentNote, type Findings, step } from './differences.js';

// Its types are those of an ES module, but it is a CommonJS one, which exports the builder itself.
const builder = junit as unknown as Builder;

/**
 * Findings as JUnit XML: a test case a run, failed where it drifted; what changed in the environment stands with the failure.
 *
 * @param label names a run
 */
export function toJunit(findings: Findings, label: (run: Run) => string): string {
  const { reference, runs } = findings;
  const report = builder.newBuilder();
  const suite = report.testSuite().name(`deepsad check ${reference}`);
  for (const run of runs) {
    const { found, drifts } = run;
    const testCase = suite
      .testCase()
      .className(reference)
      .name(label(found))
      .time(sum(Object.values(found.seconds)));
    if (!agrees(run)) {
      testCase.failure(drifts.map(sentence).join('; '), 'drift').standardOutput(environmentNote(findings));
    }
  }
  return report.build();
}

function sentence(drift: Drift): string {
  const by = step(drift);
  return `${drift.quantity}: ${drift.expected} in the reference, ${drift.found} now${by && ` (${by})`}`;
}
