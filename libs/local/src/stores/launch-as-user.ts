import { execFileSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { StartError } from '../start-error.ts';

/** A program with its arguments. */
export interface Launch {
  command: string;
  args: string[];
}

/** The uid of the account "nobody", which needs no entry in the user list. */
const nobody = 65_534;

const readAllCaps = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
/**
 * Without this bit access(2) ignores the capabilities of a user that is not root.
 * Postgres needs it: initdb finds its programs by access(2).
 */
const keepCapsBits = ['--securebits=+no_setuid_fixup'];

/**
 * Returns the command that starts Postgres as a user other than root, which Postgres demands.
 * An ordinary user starts it as itself. Root starts it as the owner of `dataFolder`, or as "nobody" with one
 * capability: to read through folders such as a home with mode 0700. Throws a StartError.
 */
export function launchPostgres(dataFolder: string, { command, args }: Launch, deathSignal: string): Launch {
  const ownUid = process.getuid?.() ?? -1;
  const owner = statSync(dataFolder).uid;
  if (ownUid !== 0) {
    if (ownUid >= 0 && owner !== ownUid) throw new StartError(wrongOwner(dataFolder, owner, ownUid));
    return launchWithDeathSignal({ command, args }, deathSignal);
  }
  const uid = owner === 0 ? nobody : owner;
  if (owner === 0) chownSync(dataFolder, uid, uid);
  const become = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', `--pdeathsig=${deathSignal}`];
  const options = [[...become, ...readAllCaps, ...keepCapsBits], [...become, ...readAllCaps], become].find(canSetpriv);
  if (options === undefined) {
    throw new StartError(
      'Postgres does not run as root, and setpriv (package util-linux) cannot change the user here: ' +
        'start as an ordinary user, or set DATABASE_URL to a running Postgres.',
    );
  }
  return { command: 'setpriv', args: [...options, command, ...args] };
}

/** Returns a command that gets `deathSignal` from the kernel when its parent dies, where setpriv can set that. */
export function launchWithDeathSignal({ command, args }: Launch, deathSignal: string): Launch {
  const options = [`--pdeathsig=${deathSignal}`];
  return canSetpriv(options) ? { command: 'setpriv', args: [...options, command, ...args] } : { command, args };
}

function canSetpriv(options: string[]): boolean {
  try {
    execFileSync('setpriv', [...options, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function wrongOwner(folder: string, owner: number, ownUid: number): string {
  return `${folder} belongs to user ${owner}, but this is user ${ownUid}: start as user ${owner}, or set DATA_DIR to another folder.`;
}
