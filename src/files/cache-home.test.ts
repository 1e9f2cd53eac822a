import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** What a process with these variables says of the folder, whose data folder is another one; the system reads HOME itself. */
function found(variables: NodeJS.ProcessEnv): string {
  const program = `
    import { cacheHome } from ${JSON.stringify(new URL('../../dist/files/cache-home.js', import.meta.url))};
    import { dataFolder } from ${JSON.stringify(new URL('../../dist/data/data-folder.js', import.meta.url))};
    dataFolder('.');
    try { console.log(cacheHome()); } catch ({ message }) { console.log(message); }`;
  const env = { PATH: process.env.PATH, ...variables };
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    env,
    encoding: 'utf8',
  });
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux.each([
  [{ HOME: '/home/somebody' }, '/home/somebody/.cache/deepsad'],
  [{ HOME: '/home/somebody', XDG_CACHE_HOME: '/var/cache' }, '/var/cache/deepsad'],
  [{ HOME: '/home/somebody', XDG_CACHE_HOME: 'caches' }, '/home/somebody/.cache/deepsad'],
  [{ HOME: '', XDG_CACHE_HOME: '/var/cache' }, '/var/cache/deepsad'],
  [
    { HOME: '' },
    'this user has no home folder, and so none for data files and trained autoencoders: set HOME, or DEEPSAD_DATA and DEEPSAD_CACHE',
  ],
])('%j: the cache folder is %s', (variables, folder) => {
  expect(found(variables)).toBe(`${folder}\n`);
});
