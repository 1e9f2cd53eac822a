import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { uniq } from 'es-toolkit/array/uniq';
import { camelCase } from 'es-toolkit/string/camelCase';
import yargs, { type Argv, type Options } from 'yargs';
import { DeviceLost } from '../engine/engine.js';
import { UserError } from '../errors.js';
import { systemReason } from '../files/read-file.js';
import { memoryRefusal } from '../messages/memory.js';
import { nearest, validNames } from '../messages/suggest.js';
import { speak } from '../messages/vocabulary.js';
import { PACKAGE_ROOT, shippedPath, VERSION } from '../package.js';
import * as buildKernels from './build-kernels.js';
import * as cancel from './cancel.js';
import * as check from './check.js';
import * as compare from './compare.js';
import * as completion from './completion.js';
import * as datasets from './datasets.js';
import * as devices from './devices.js';
import * as evaluate from './evaluate.js';
import { EXIT_FAILED, EXIT_REFUSED } from './exit-codes.js';
import * as figure from './figure.js';
import * as fit from './fit.js';
import * as init from './init.js';
import * as logs from './logs.js';
import { columnsOf, lostOutput, outliveReaders, printData, say, sayWhole } from './output.js';
import { withRemedy } from './remedy.js';
import * as report from './report.js';
import * as run from './run.js';
import * as schema from './schema.js';
import * as score from './score.js';
import * as status from './status.js';
import * as sweep from './sweep.js';
import { COMMAND_LINE } from './vocabulary.js';
import * as work from './work.js';

/** The most columns of help. */
const WIDTH = 80;

/** What the file of each command exports. */
interface CommandFile {
  readonly options: Readonly<Record<string, Options>>;
  /** Its name and its arguments, as yargs reads them: <required> [optional]; only the name where there are none. */
  readonly usage?: string;
  /** The options of each command under it, by its name and arguments. */
  readonly subcommands?: Readonly<Record<string, CommandFile['options']>>;
  /** Adds the command. Its handler loads what it needs only when called, so that help stays fast. */
  register(parser: Argv): Argv;
}

const COMMANDS: ReadonlyMap<string, CommandFile> = new Map(
  Object.entries({
    init,
    run,
    sweep,
    status,
    cancel,
    logs,
    work,
    check,
    report,
    compare,
    figure,
    fit,
    score,
    evaluate,
    datasets,
    devices,
    schema,
    'build-kernels': buildKernels,
    completion,
  }),
);

/**
 * Executes the command line and sets the exit code.
 *
 * @param args the arguments after the program's name
 */
export async function main(args: readonly string[]): Promise<void> {
  outliveReaders();
  speak(COMMAND_LINE);
  const [command = ''] = args;
  try {
    const writes = COMMANDS.get(command)?.options.out !== undefined;
    await (writes ? withRemedy('give another --out', () => execute(args)) : execute(args));
    await checkOutput();
  } catch (error) {
    const refusal = asRefusal(error);
    const stack = args.includes('--verbose') && refusal instanceof Error ? refusal.stack : undefined;
    if (stack === undefined) say(messageOf(refusal));
    else sayWhole(stack);
    process.exitCode = refusal instanceof UserError ? EXIT_REFUSED : EXIT_FAILED;
  }
}

/** `help` and what is not said at all ask for help, as --help does. */
function inFull(args: readonly string[]): readonly string[] {
  const [name, ...others] = args;
  if (name === undefined || name === 'help') return [...others, '--help'];
  return others.length === 0 && COMMANDS.get(name)?.subcommands ? [name, '--help'] : args;
}

/** The first argument where a shell asks what may come next; the words of its line follow. */
const COMPLETING = '--get-yargs-completions';

async function execute(given: readonly string[]): Promise<void> {
  if (given[0] === COMPLETING) {
    const { completionsFor } = await import('./completions.js');
    const names = completionsFor(given.slice(2));
    if (names) return printData(`${names.join('\n')}\n`);
  }
  const args = inFull(given);
  const [name] = args;
  const isKnown = name === undefined || COMMANDS.has(name) || name === 'help';
  if (!isKnown && !name.startsWith('-')) {
    throw new UserError(
      `unknown command ${name}${didYouMean(name, [...COMMANDS.keys(), 'help'])}; see deepsad --help`,
    );
  }
  const parser = yargs([...args])
    .scriptName('deepsad')
    .usage('$0 <command>\n\nReproduces the experiments of Deep Semi-Supervised Anomaly Detection.')
    .epilogue(
      `deepsad <command> --help says more about a command. Documentation is in ${shippedPath('docs')}, configs are in ${shippedPath('configs')}.`,
    )
    // The failure handler reads the messages.
    .locale('en')
    .parserConfiguration({ 'dot-notation': false })
    .strict()
    .demandCommand(1, 'expected a command')
    .check((values) => checkValues(values, args))
    .alias('help', 'h')
    .version(VERSION)
    .alias('version', 'v')
    .wrap(Math.min(WIDTH, process.stdout.columns || WIDTH))
    .exitProcess(false)
    .fail((message, error) => {
      // A line that is completed is not whole.
      if (name === COMPLETING) return;
      // yargs has no error, or one of its own kind, where the usage is wrong; any other comes from a command.
      throw error === undefined || error.name === 'YError' ? new UserError(refusal(message, args)) : error;
    });
  for (const command of COMMANDS.values()) command.register(parser);
  await parser.parseAsync();
}

/** The arguments that are paths. */
const PATHS: readonly string[] = [
  'out',
  'junit',
  'data-dir',
  'data',
  'model',
  'config',
  'configs',
  'results',
  'reference',
  'table',
  'first',
  'second',
  'plan',
];

/**
 * Refuses an option that takes one value and is given several, and what an unset variable of the shell leaves: an empty number, which
 * yargs takes for 0, and an empty path, which would be the working directory, or standard input.
 */
function checkValues(values: Readonly<Record<string, unknown>>, args: readonly string[]): true {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number') {
      const text = textOf(name, args).trim();
      if (Number.isNaN(value) || text === '') {
        throw new UserError(`--${name}: expected a number, found ${text || 'nothing'}`);
      }
    }
    if (name === 'data' && value === '-' && !args.includes('-')) {
      throw new UserError('data: expected a path, found nothing; - is standard input');
    }
    if (PATHS.includes(name) && [value].flat().includes('')) {
      throw new UserError(`${name}: expected a path, found nothing; . is the working directory`);
    }
    const options = COMMANDS.get(args[0] ?? '')?.options ?? {};
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (Array.isArray(value) && option && !option.array)
      throw new UserError(`--${name} is given more than once`);
  }
  return true;
}

/** What an option is given as, on the command line. */
function textOf(option: string, args: readonly string[]): string {
  const flag = `--${option}`;
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return (args[at] === flag ? args[at + 1] : args[at]?.slice(flag.length + 1)) ?? 'none';
}

/** A command, or one under it, as far as a command line names it. */
interface Named {
  /** With its arguments. */
  readonly usage: string;
  readonly options: readonly string[];
  /** The names of the commands under it. */
  readonly actions: readonly string[];
}

function namedBy([command = '', ...others]: readonly string[]): Named {
  const file = COMMANDS.get(command);
  const under = Object.entries(file?.subcommands ?? {}).map(([usage, options]) => ({
    ...{ name: usage.split(' ')[0], usage: `${command} ${usage}` },
    options: Object.keys(options),
  }));
  const found = under.find(({ name }) => others.includes(name));
  if (found) return { ...found, actions: [] };
  return {
    usage: file ? (file.usage ?? command) : '',
    options: Object.keys(file?.options ?? {}),
    actions: under.map(({ name }) => name),
  };
}

/** What yargs says of wrong usage, with suggestions for the options it does not know, and where to read more. */
function refusal(message: string, args: readonly string[]): string {
  const { usage, options, actions } = namedBy(args);
  const help = `see ${['deepsad', ...usage.split(' ').filter((word) => /^\w/.test(word))].join(' ')} --help`;
  // yargs says first what is missing, though an option that it does not know may have taken it for its value.
  const mistyped = unknownOptions(args, options);
  const [, unknown] = /^Unknown arguments?: (.*)$/.exec(message) ?? [];
  if (mistyped.length > 0 || unknown !== undefined) {
    const meant = (name: string) =>
      didYouMean(name, [...PARSER_OPTIONS, ...options], '--') || didYouMean(name, actions);
    const named = mistyped.length > 0 ? uniq(mistyped) : unknown.split(', ');
    return `unknown argument ${named.map((name) => `${name}${meant(name)}`).join(', ')}; ${help}`;
  }
  const [, count] = /^Not enough non-option arguments: got (\d+)/.exec(message) ?? [];
  if (count !== undefined) {
    const [missing = 'an argument'] = (usage.match(/<[^>]*>/g) ?? []).slice(Number(count));
    return `${missing} is missing: deepsad ${usage}; ${help}`;
  }
  const [, valueless] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (valueless !== undefined) return `--${valueless}: expected a value; ${help}`;
  const [, required] = /^Missing required arguments?: (.*)$/.exec(message) ?? [];
  if (required !== undefined) return `--${required} is missing; ${help}`;
  const [, option, given, choices] =
    /Argument: ([\w-]+), Given: "?([^"]*)"?, Choices: (.*)/.exec(message) ?? [];
  if (option !== undefined)
    return `--${option}: found ${given}; ${validNames(given, choices.replaceAll('"', '').split(', '))}; ${help}`;
  return `${message}; ${help}`;
}

/** The options of every command. */
const PARSER_OPTIONS = ['help', 'version'];

/** The options on a command line that are none of these, however they are spelled. */
function unknownOptions(args: readonly string[], options: readonly string[]): string[] {
  const known = new Set([...PARSER_OPTIONS, 'h', 'v', ...options].map(camelCase));
  const end = args.indexOf('--');
  return args
    .slice(0, end < 0 ? args.length : end)
    .flatMap((arg) => /^--?([a-z][^=]*)/i.exec(arg)?.[1] ?? [])
    .filter((name) => ![name, name.replace(/^no-/, '')].some((each) => known.has(camelCase(each))));
}

function didYouMean(name: string, candidates: readonly string[], prefix = ''): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? '' : ` (did you mean ${prefix}${meant}?)`;
}

/** @throws UserError where standard output did not take all that was written to it */
async function checkOutput(): Promise<void> {
  // What is wrong is heard of after the write.
  await new Promise(setImmediate);
  const lost = lostOutput();
  if (lost !== undefined) throw new UserError(lost);
}

/** Where the parts of the program lie that are loaded when they are needed. */
const BUNDLE = pathToFileURL(join(PACKAGE_ROOT, 'bundle')).href;

/**
 * What the system says of a file is the user's to mend, wherever it was said, and so is what asks for more memory than there is, or a device
 * that has failed.
 */
function asRefusal(error: unknown): unknown {
  if (error instanceof DeviceLost)
    return new UserError(`${error.message}; try again, or take another --device`, { cause: error });
  const memory = memoryRefusal(error);
  if (memory) return memory;
  const { code, path, syscall, url } = error as NodeJS.ErrnoException & { readonly url?: string };
  if (code === 'ERR_MODULE_NOT_FOUND' && url?.startsWith(BUNDLE)) {
    const reason =
      'this part of deepsad is missing, as where it was installed or built anew since this command began';
    return new UserError(`${fileURLToPath(url)}: ${reason}; give the command again`, { cause: error });
  }
  const reason = systemReason(error);
  if (reason === undefined) return error;
  return new UserError(`${path ?? syscall}: ${reason}`, { cause: error });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UserError) return error.shownIn(columnsOf(process.stderr));
  return `${error.message}\nThis is a defect of deepsad; --verbose shows where it happened.`;
}
