import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { root, runNpm, runTool } from './run-command.mjs';

const lockfile = path.join(root, 'package-lock.json');
const marker = path.join(root, 'node_modules/.turno-installed');

/**
 * Makes a bare clone ready: packages by the lockfile, then compiled output. Cheap when nothing has changed. Two commands at
 * once take turns. Uses Node's own modules only, since nothing else is there yet.
 */
export async function prepare({ build = true } = {}) {
  checkNode();
  checkFolder();
  const waiting = (pid) => console.log(`Waiting for process ${pid}, which is installing or compiling here.`);
  await withLock(path.join(root, '.turno/prepare.lock'), waiting, async () => {
    await install();
    if (build) await compile();
  });
}

/** Prints a line for people and ends the process. */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const good = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (!good)
    fail(`This is Node ${process.versions.node}, but 20.19, 22.12 or 24 and newer is needed: install one of these.`);
}

function checkFolder() {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    fail(`${root} cannot be written to: clone into a folder that belongs to you.`);
  }
}

async function install() {
  const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  if (!isInstalledByHand()) {
    console.log('Installing packages by the lockfile …');
    // Nothing here needs an install script, so none gets to run. The tools that compile are development packages; NODE_ENV=production would leave them out.
    const code = await runNpm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']);
    if (code !== 0) fail(`npm ci ended with code ${code}: see its lines above, mend that, and start again.`);
  }
  writeFileSync(marker, wanted);
}

/**
 * True after a finished `npm install` by a developer. npm writes its own list of what it installed at the very end, and
 * whatever a half install has lost is missed here.
 */
function isInstalledByHand() {
  try {
    const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
    const there = JSON.parse(readFileSync(path.join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([place, entry]) => {
      if (!place.includes('node_modules/') || (entry.optional && !there[place])) return true;
      if (entry.link) return existsSync(path.join(root, place, 'package.json'));
      return there[place]?.integrity === entry.integrity && existsSync(path.join(root, place, 'package.json'));
    });
  } catch {
    return false;
  }
}

async function compile() {
  if (!existsSync(path.join(root, 'apps/api/dist/main.js'))) console.log('Compiling …');
  const code = await runTool('typescript/bin/tsc', ['-b']);
  if (code !== 0) fail('The sources do not compile: see the lines above.');
}
