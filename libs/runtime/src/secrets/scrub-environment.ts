import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const secretName = /URL|KEY|SECRET|PASSWORD|TOKEN|CREDENTIAL/;

/**
 * Wipes the values of secret settings from what the system shows as this process's environment, where every process of the same
 * user, a handler's too, could read them for as long as this one lives. `environment`, which is to be `process.env`, keeps them. False when
 * some still stand there, since the system lets no process write its own memory through /proc.
 */
export function forgetSecrets(environment: Record<string, string | undefined>): boolean {
  if (process.platform !== 'linux') return true; // where there is no /proc, nobody reads it
  try {
    const kept = findSecrets().map(({ name }) => [name, environment[name]] as const);
    wipe();
    for (const [name, value] of kept) environment[name] = value; // from now on in memory of its own
    return findSecrets().length === 0;
  } catch {
    return false;
  }
}

/** Overwrites them where the kernel looks for the initial environment. */
function wipe(): void {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // After the name in parentheses the fields begin with the third; the environment's start is the fiftieth.
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[47]);
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    for (const { at, length } of findSecrets()) writeSync(memory, Buffer.alloc(length), 0, length, start + at);
  } finally {
    closeSync(memory);
  }
}

/** Where the secret values stand in the initial environment, in bytes from its start. */
function findSecrets(): { name: string; at: number; length: number }[] {
  let position = 0;
  return readFileSync('/proc/self/environ', 'latin1')
    .split('\0')
    .flatMap((entry) => {
      const name = entry.split('=', 1)[0] ?? '';
      const found = { name, at: position + name.length + 1, length: entry.length - name.length - 1 };
      position += entry.length + 1;
      return found.length > 0 && secretName.test(name) ? [found] : [];
    });
}
