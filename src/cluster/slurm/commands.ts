import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../../errors.js';

const execute = promisify(execFile);

/** Milliseconds after which a controller that does not answer is given up. */
const PATIENCE = 60_000;

/**
 * Runs a command of Slurm.
 *
 * @returns its standard output
 * @throws UserError where it is not there, or refuses, with what it says
 */
export async function slurm(command: string, ...args: readonly string[]): Promise<string> {
  try {
    // Of a hundred thousand tasks squeue prints megabytes.
    const limits = { timeout: PATIENCE, maxBuffer: Number.POSITIVE_INFINITY };
    const { stdout } = await execute(command, args, { ...limits, env: outside(process.env) });
    return stdout;
  } catch (error) {
    const {
      code,
      stderr = '',
      killed,
    } = error as NodeJS.ErrnoException & { stderr?: string; killed?: boolean };
    if (code === 'ENOENT') {
      throw new UserError(
        `there is no ${command} here; use a machine of the cluster from which jobs are submitted, such as its login node`,
      );
    }
    const reason = killed ? `no answer after ${PATIENCE / 1000} s` : reasonIn(stderr);
    throw new UserError(`${command}: ${reason || (error as Error).message}`);
  }
}

/** The variables without those of the job that this process may be in, which must not become those of another. */
function outside(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = (name: string) => name.startsWith('SLURM_') && name !== 'SLURM_CONF';
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !foreign(name)));
}

/** What a command says of why it refuses, without its name before each line. */
function reasonIn(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^(?:\w+: )?(?:error: |allocation failure: )*/, '').trim());
  return lines.filter(Boolean).join('; ');
}
