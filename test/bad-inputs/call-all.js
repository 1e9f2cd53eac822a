// Calls the program many times within one process, which is quicker than starting it for each. Standard input is a list of calls,
// { folder, args }; standard output gets the list of their endings, { code, stdout, stderr }.
import { text } from 'node:stream/consumers';
import { main } from '../../dist/cli/index.js';

const STREAMS = ['stdout', 'stderr'];

async function call({ folder, args }) {
  const ending = { stdout: '', stderr: '' };
  const writes = STREAMS.map((name) => process[name].write);
  for (const name of STREAMS) {
    process[name].write = (chunk) => {
      ending[name] += chunk;
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

// The program listens to errors of its output once a call.
process.stdout.setMaxListeners(0);
const endings = [];
for (const each of JSON.parse(await text(process.stdin))) endings.push(await call(each));
process.stdout.write(JSON.stringify(endings));
process.exitCode = 0;
