import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { uniq } from 'es-toolkit';

/** Why there can be no cluster here, in words; undefined where there can be one. */
export function whyNoSlurm(): string | undefined {
  if (process.platform !== 'linux') return 'Slurm runs on Linux alone';
  if (process.getuid?.() !== 0) return 'only root can start a cluster';
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch'].filter(
    (command) => spawnSync(command, ['--version']).error !== undefined,
  );
  return missing.length > 0 ? `missing: ${missing.join(', ')} (Debian's slurm-wlm and munge)` : undefined;
}

const NODES = ['one', 'two'] as const;
type NodeName = (typeof NODES)[number];

/** Milliseconds that the cluster may take to do something. */
const PATIENCE = 150_000;

/**
 * A cluster of two nodes with two processors each, all of them this machine: arrays of 11 tasks, 5 s from SIGTERM to SIGKILL, a partition
 * `main`, whose jobs those of `urgent` preempt and requeue, and another, `fleeting`, whose jobs these cancel. Everything of it is in one
 * folder and on the loopback interface.
 */
export class Cluster {
  private readonly folder = mkdtempSync(join(os.tmpdir(), 'deepsad-slurm-'));
  private readonly services = new Map<string, ChildProcess>();
  /** For whoever uses it. */
  readonly variables = { SLURM_CONF: join(this.folder, 'slurm.conf') };

  static async start(): Promise<Cluster> {
    const cluster = new Cluster();
    const [controller, ...ports] = await freePorts(1 + NODES.length);
    for (const name of ['state', ...NODES]) mkdirSync(join(cluster.folder, name));
    writeFileSync(cluster.variables.SLURM_CONF, cluster.config(controller, ports));
    writeFileSync(cluster.inFolder('munge.key'), randomBytes(128), { mode: 0o400 });
    const own = [
      'key-file=munge.key',
      'socket=munge',
      'pid-file=munge.pid',
      'log-file=munge.log',
      'seed-file=seed',
    ];
    const places = own.map((option) => `--${option.replace('=', `=${cluster.folder}/`)}`);
    cluster.serve('munged', '--foreground', '--force', ...places);
    await cluster.until(() => readdirSync(cluster.folder).includes('munge'));
    cluster.serve('slurmctld', '-D', '-c');
    for (const node of NODES) cluster.startNode(node);
    await cluster.until(async () => (await cluster.ask('sinfo', '-h', '-o', '%T')).trim() === 'idle');
    return cluster;
  }

  /** What a command of Slurm prints. */
  async ask(command: string, ...args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.variables };
    return (await promisify(execFile)(command, args, { env }).catch(() => ({ stdout: '' }))).stdout;
  }

  /** The jobs that wait or run, as `id state`, each task of an array for itself. */
  async jobs(): Promise<string[]> {
    const listed = await this.ask('squeue', '-h', '-r', '-o', '%i %T');
    return listed.split('\n').filter(Boolean);
  }

  /** Waits until something is the case. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(100)) {
      if (await isSo()) return;
    }
    throw new Error(`waited in vain for ${isSo}\n${this.logs()}`);
  }

  private startNode(node: NodeName): void {
    this.serve('slurmd', '-D', '-N', node);
  }

  private serviceOf(node: NodeName): string {
    return `slurmd -D -N ${node}`;
  }

  /**
   * Ends a node as a power cut would: its jobs, what watches over them, and its service. The controller would notice once the node has not
   * answered for minutes, and is told.
   */
  async killNode(node: NodeName): Promise<void> {
    const watchers = uniq(this.jobProcesses(node).map(parentOf));
    // What watches over a job goes before it, lest it tells of its end.
    for (const pid of [...watchers, ...this.jobProcesses(node)]) kill(pid);
    const service = this.services.get(this.serviceOf(node));
    const ended = service && once(service, 'exit');
    service?.kill('SIGKILL');
    await ended;
    // What its worker processes had started ends with them, or is killed here.
    for (const pid of this.jobProcesses(node)) kill(pid);
    await this.ask('scontrol', 'update', `NodeName=${node}`, 'State=DOWN', 'Reason=lost');
  }

  /** Brings back a node that was killed. */
  async reviveNode(node: NodeName): Promise<void> {
    this.startNode(node);
    await this.ask('scontrol', 'update', `NodeName=${node}`, 'State=RESUME');
    await this.until(async () => (await this.ask('sinfo', '-h', '-n', node, '-o', '%T')).trim() === 'idle');
  }

  /** The ids of the processes of jobs that run on a node. */
  private jobProcesses(node: NodeName): number[] {
    const own = [`SLURMD_NODENAME=${node}`, `SLURM_CONF=${this.variables.SLURM_CONF}`];
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
          return own.every((variable) => variables.includes(variable));
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  /** Waits until no job is left. A job that was requeued begins at once, for which Slurm would wait two minutes. */
  async idle(): Promise<void> {
    await this.until(async () => {
      const jobs = await this.jobs();
      const requeued = (await this.ask('squeue', '-h', '-r', '-o', '%i %r'))
        .split('\n')
        .filter((line) => line.endsWith(' BeginTime'));
      for (const line of requeued)
        await this.ask('scontrol', 'update', `JobId=${line.split(' ')[0]}`, 'StartTime=now');
      return jobs.length === 0;
    });
  }

  /** Ends all jobs, then all services, and leaves nothing. */
  async stop(): Promise<void> {
    const { username } = os.userInfo();
    await this.ask('scancel', `--user=${username}`);
    await this.until(async () => (await this.jobs()).length === 0).catch(() => {});
    for (const service of [...this.services.values()].toReversed()) {
      const ended =
        service.exitCode === null && service.signalCode === null ? once(service, 'exit') : undefined;
      service.kill('SIGTERM');
      await Promise.race([ended, sleep(3000)]);
      service.kill('SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private serve(command: string, ...args: readonly string[]): void {
    const name = [command, ...args].join(' ');
    const log = openSync(this.inFolder(`${name.replaceAll(/[^a-z]+/g, '-').slice(0, 40)}.log`), 'a');
    const env = { ...process.env, ...this.variables };
    this.services.set(name, spawn(command, args, { env, stdio: ['ignore', log, log] }));
  }

  private inFolder(name: string): string {
    return join(this.folder, name);
  }

  private logs(): string {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.log'));
    return names
      .map((name) => `${name}\n${readFileSync(this.inFolder(name), 'utf8').slice(-2000)}`)
      .join('\n');
  }

  private config(controller: number, ports: readonly number[]): string {
    const host = os.hostname().split('.')[0];
    const nodes = NODES.map(
      (node, index) =>
        `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[index]} CPUs=2 State=UNKNOWN`,
    );
    return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${this.folder}/munge
StateSaveLocation=${this.folder}/state
SlurmdSpoolDir=${this.folder}/%n
SlurmctldPidFile=${this.folder}/slurmctld.pid
SlurmdPidFile=${this.folder}/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
ReturnToService=2
MailProg=/bin/true
MpiDefault=none
MaxArraySize=11
KillWait=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
MinJobAge=10
RebootProgram=/bin/true
${nodes.join('\n')}
PartitionName=main Nodes=${NODES} Default=YES MaxTime=60 State=UP PriorityTier=1 PreemptMode=REQUEUE
PartitionName=fleeting Nodes=${NODES} MaxTime=60 State=UP PriorityTier=1 PreemptMode=CANCEL
PartitionName=urgent Nodes=${NODES} MaxTime=60 State=UP PriorityTier=10 PreemptMode=OFF
`;
  }
}

/** Ports on which nobody listens. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server: Server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function parentOf(pid: number): number {
  const [, parent = '0'] = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(parent);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
