import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/**
 * Runs one of the project's tools, or another command, in the project's folder with its output shown, and returns its exit
 * code. It ends when this process is killed, where the system can see to that.
 */
function runCommand(command, args, deathSignal = 'TERM') {
  const [program, ...words] = bound([command, ...args], deathSignal);
  const child = spawn(program, words, { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** A tool from node_modules by the file that its package names, so that no shell and no PATH is asked. */
export function runTool(file, args) {
  return runCommand(process.execPath, [path.join(root, 'node_modules', file), ...args]);
}

/** The npm that started this process; else the one on PATH. It outlives SIGTERM, and would write where the next one installs. */
export function runNpm(args) {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js') ? runCommand(process.execPath, [npm, ...args], 'KILL') : runCommand('npm', args, 'KILL');
}

/** From Debian's util-linux; elsewhere there may be none. */
const binder = 'setpriv';
let canBind;

function bound(words, deathSignal) {
  canBind ??= spawnSync(binder, ['--pdeathsig=TERM', 'true'], { stdio: 'ignore' }).status === 0;
  return canBind ? [binder, `--pdeathsig=${deathSignal}`, ...words] : words;
}
