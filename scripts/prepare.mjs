import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listenForInterruption } from './interruption.mjs';
import { withLock } from './lock.mjs';
import { root, runNpm, runTool } from './run-command.mjs';

const lockfile = path.join(root, 'package-lock.json');
const marker = path.join(root, 'node_modules/.turno-installed');

/**
 * Prepares a fresh clone: installs packages by the lockfile, then compiles.
 * Cheap when nothing has changed. Two commands at once wait for each other. Ctrl-C ends the process with a line. Uses
 * only modules of Node, since no other is installed yet.
 */
export async function prepare({ build = true } = {}) {
  checkNode();
  checkFolder();
  const onWait = (pid) => console.log(`Waiting for process ${pid}, which installs or compiles in this folder.`);
  const endListening = listenForInterruption();
  await withLock(path.join(root, '.turno/prepare.lock'), onWait, async () => {
    await install();
    if (build) await compile();
  });
  endListening();
}

/** Prints a message and ends the process with code 1. */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (!isSupported) fail(`Node ${process.versions.node} is not supported: install Node 20.19, 22.12, or 24 or newer.`);
}

function checkFolder() {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    fail(`${root} is not writable: clone into a folder of your own.`);
  }
}

async function install() {
  const lockHash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lockHash) return;
  if (!isInstalledByHand()) {
    console.log('Installing packages by the lockfile …');
    // No package needs an install script, so none may run. The compiler is a development package, which
    // NODE_ENV=production would leave out.
    const code = await runNpm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']);
    if (code !== 0) fail(`npm ci failed with code ${code}: mend the error above and start again.`);
  }
  writeFileSync(marker, lockHash);
}

/**
 * Returns true after a complete `npm install` by a developer.
 * The list of npm is complete, since npm writes it at the very end; a package that a partial install lacks is noticed
 * here.
 */
function isInstalledByHand() {
  try {
    const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
    const installed = JSON.parse(readFileSync(path.join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([folder, entry]) => {
      if (!folder.includes('node_modules/') || (entry.optional && !installed[folder])) return true;
      if (entry.link) return existsSync(path.join(root, folder, 'package.json'));
      return installed[folder]?.integrity === entry.integrity && existsSync(path.join(root, folder, 'package.json'));
    });
  } catch {
    return false;
  }
}

async function compile() {
  if (!existsSync(path.join(root, 'apps/api/dist/main.js'))) console.log('Compiling …');
  const code = await runTool('typescript/bin/tsc', ['-b']);
  if (code !== 0) fail('The sources do not compile: mend the errors above and start again.');
}
