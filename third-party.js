// What is known of the packages that the bundle holds, and what their licenses want to be said.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The packages of these files, which are paths from the root of the checkout, by name; each once. */
export function bundledPackages(root, files) {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...folders].map((folder) => readPackage(join(root, folder))).sort(byNameAndVersion);
}

function readPackage(folder) {
  const { name, version, ...stated } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)\b/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // Some name it in its text alone.
  const license = stated.license ?? /^(.+) License$/.exec(texts[0]?.split('\n')[0] ?? '')?.[1];
  if (typeof license !== 'string') throw new Error(`${folder}: no license is named`);
  return { name, version, license, texts };
}

function byNameAndVersion(a, b) {
  const [left, right] = [a, b].map(({ name, version }) => `${name} ${version}`);
  return left < right ? -1 : Number(left > right);
}

/** The notices of these packages, as Markdown: a text that several share is written once. */
export function thirdPartyNotices(packages) {
  const holders = new Map();
  for (const { name, version, license, texts } of packages) {
    for (const text of texts.length > 0 ? texts : [`License: ${license}`]) {
      holders.set(text, [...(holders.get(text) ?? []), `${name} ${version} (${license})`]);
    }
  }
  const notices = [...holders].map(
    ([text, names]) => `## ${names.join(', ')}\n\n${text.replace(/^(?=.)/gm, '    ')}`,
  );
  return `# Third-party notices\n\nThis folder holds code of these packages.\n\n${notices.join('\n\n')}\n`;
}
