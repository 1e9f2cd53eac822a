// Calls the program many times within one process, which is quicker than starting it for each. Standard input is a list of calls,
// { folder, before, change, replace, args }: calls that succeed, files and texts in files that are changed then, and the call itself. Standard output gets the list
// of the endings, { code, stdout, stderr }.
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { main } from '../../dist/cli/index.js';

const STREAMS = ['stdout', 'stderr'];

async function call(folder, args) {
  const ending = { stdout: '', stderr: '' };
  const writes = STREAMS.map((name) => process[name].write);
  for (const name of STREAMS) {
    process[name].write = (chunk, written) => {
      ending[name] += chunk;
      written?.();
      return true;
    };
  }
  process.chdir(folder);
  process.exitCode = 0;
  await main(args);
  STREAMS.forEach((name, index) => {
    process[name].write = writes[index];
  });
  return { code: process.exitCode, ...ending };
}

const endings = [];
for (const { folder, before, change, replace, args } of JSON.parse(await text(process.stdin))) {
  for (const earlier of before) {
    const { code, stderr } = await call(folder, earlier);
    if (code !== 0) throw new Error(stderr);
  }
  for (const [file, content] of Object.entries(change)) writeFileSync(file, content);
  for (const [file, [text, other]] of Object.entries(replace)) {
    const content = readFileSync(file, 'utf8');
    if (!content.includes(text)) throw new Error(`${file} has no ${text}`);
    writeFileSync(file, content.replace(text, other));
  }
  endings.push(await call(folder, args));
}
process.stdout.write(JSON.stringify(endings));
process.exitCode = 0;
