import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const secretName = /URL|KEY|SECRET|PASSWORD|TOKEN|CREDENTIAL/;

/**
 * Overwrites the values of secret settings in the initial environment of this process.
 * `environment` (`process.env`) keeps them. Every process of the same user, a handler's too, can otherwise read them in
 * /proc. Returns false when some are still readable, since the system does not let a process write its own memory
 * through /proc.
 */
export function scrubEnvironment(environment: Record<string, string | undefined>): boolean {
  if (process.platform !== 'linux') return true; // no other process can read it without /proc
  try {
    const copies = findSecrets().map(({ name }) => [name, environment[name]] as const);
    overwriteSecrets();
    for (const [name, value] of copies) environment[name] = value; // Node stores the new value in memory of its own
    return findSecrets().length === 0;
  } catch {
    return false;
  }
}

/** Overwrites the secret values in the memory from which the kernel serves /proc/self/environ. */
function overwriteSecrets(): void {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // proc(5): field 50, env_start. The fields after the name in parentheses begin with the third.
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[47]);
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    for (const { at, length } of findSecrets()) writeSync(memory, Buffer.alloc(length), 0, length, start + at);
  } finally {
    closeSync(memory);
  }
}

/** Returns the position of each secret value in the initial environment, in bytes from its start. */
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
