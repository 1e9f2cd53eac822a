import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkout-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What checkout.js says of the folder. */
function checkoutCommit(env: NodeJS.ProcessEnv = {}): unknown {
  const module = JSON.stringify(new URL('../checkout.js', import.meta.url));
  const program = `import { checkoutCommit } from ${module};
    console.log(JSON.stringify(checkoutCommit(process.argv[1]) ?? null));`;
  const args = ['--input-type=module', '--eval', program, folder];
  const options = { env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, args, options));
}

const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
  }).trim();

function makeRepository(): string {
  git('init', '--quiet');
  writeFileSync(join(folder, 'file'), 'one');
  git('add', 'file');
  git('commit', '--quiet', '--message', 'one');
  return git('rev-parse', 'HEAD');
}

test('names the commit, and whether files differ from it', () => {
  const commit = makeRepository();
  expect(checkoutCommit()).toBe(commit);
  writeFileSync(join(folder, 'file'), 'two');
  expect(checkoutCommit()).toBe(`${commit}-dirty`);
});

test('names that commit in a hook of another repository', () => {
  const commit = makeRepository();
  expect(checkoutCommit({ GIT_DIR: join(folder, 'of another') })).toBe(commit);
});

test('names none where the folder is no checkout, or has no commit', () => {
  expect(checkoutCommit()).toBeNull();
  git('init', '--quiet');
  expect(checkoutCommit()).toBeNull();
});
