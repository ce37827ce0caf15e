import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { addChild, isInterrupted } from './interruption.mjs';

/** The folder of the whole project. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/**
 * Runs a command in the project's folder, with its output shown, and returns its exit code.
 * The command is killed with this process, where the system supports parent death signals.
 */
function runCommand(command, args, deathSignal = 'TERM') {
  const [program, ...words] = withDeathSignal([command, ...args], deathSignal);
  const child = spawn(program, words, { cwd: root, stdio: 'inherit' });
  addChild(child, `SIG${deathSignal}`);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // After an interruption nothing may follow: this process is about to end.
    child.once('exit', (code) => isInterrupted() || resolve(code ?? 1));
  });
}

/** Runs a tool by its file in node_modules, without a shell and without PATH. */
export function runTool(file, args) {
  return runCommand(process.execPath, [path.join(root, 'node_modules', file), ...args]);
}

/**
 * Runs npm: the one that started this process, or else the one on PATH.
 * Killed by SIGKILL, since it outlives SIGTERM.
 */
export function runNpm(args) {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js') ? runCommand(process.execPath, [npm, ...args], 'KILL') : runCommand('npm', args, 'KILL');
}

/** A program of util-linux, which some systems do not have. */
const binder = 'setpriv';
let hasBinder;

function withDeathSignal(words, deathSignal) {
  hasBinder ??= spawnSync(binder, ['--pdeathsig=TERM', 'true'], { stdio: 'ignore' }).status === 0;
  return hasBinder ? [binder, `--pdeathsig=${deathSignal}`, ...words] : words;
}
