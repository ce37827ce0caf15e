import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/run-command.mjs';
import { renderPage } from './render-page.mjs';

const folder = 'bench/results';

/** Writes the report as JSON and as a page. Returns the names of the files. */
export function writeResults(report) {
  mkdirSync(path.join(root, folder), { recursive: true });
  const contents = {
    'latest.json': `${JSON.stringify(report, null, 2)}\n`,
    'latest.html': renderPage(report),
  };
  return Object.entries(contents).map(([name, text]) => {
    writeFileSync(path.join(root, folder, name), text);
    return `${folder}/${name}`;
  });
}
