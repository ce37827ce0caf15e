import { execFileSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { StartFault } from '../start-fault.ts';

export interface Launch {
  command: string;
  args: string[];
}

/** The account of "nobody", which needs no entry in any user list. */
const nobody = 65_534;

const readThrough = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
/** access(2) leaves capabilities out of account for anyone but root, unless told so; initdb looks for its programs by it. */
const alsoInAccess = ['--securebits=+no_setuid_fixup'];

/**
 * How to start Postgres, which refuses to run as root. An ordinary user starts it as itself. Root starts it as the owner of
 * `dataFolder`, or as nobody, who keeps one capability: to read on through folders such as a home with mode 0700.
 */
export function launchPostgres(dataFolder: string, { command, args }: Launch, deathSignal: string): Launch {
  const me = process.getuid?.() ?? -1;
  const owner = statSync(dataFolder).uid;
  if (me !== 0) {
    if (me >= 0 && owner !== me) throw new StartFault(belongsToAnother(dataFolder, owner, me));
    return launchBound({ command, args }, deathSignal);
  }
  const uid = owner === 0 ? nobody : owner;
  if (owner === 0) chownSync(dataFolder, uid, uid);
  const become = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', `--pdeathsig=${deathSignal}`];
  const options = [[...become, ...readThrough, ...alsoInAccess], [...become, ...readThrough], become].find(canSetpriv);
  if (options === undefined) {
    throw new StartFault(
      'Postgres does not run as root, and setpriv (package util-linux) cannot change the user here: ' +
        'start as an ordinary user, or set DATABASE_URL to a running Postgres.',
    );
  }
  return { command: 'setpriv', args: [...options, command, ...args] };
}

/** Has the kernel send `deathSignal` when the starter dies, where the system can do that. */
export function launchBound({ command, args }: Launch, deathSignal: string): Launch {
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

function belongsToAnother(folder: string, owner: number, me: number): string {
  return `${folder} belongs to user ${owner}, this is user ${me}: start as that user, or set DATA_DIR to another folder.`;
}
