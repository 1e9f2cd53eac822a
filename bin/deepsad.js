#!/usr/bin/env node
import module from 'node:module';

// Newer versions of Node keep what they compile of the program for its next start.
module.enableCompileCache?.();
const { main } = await import('../bundle/cli.js');

await main(process.argv.slice(2));
