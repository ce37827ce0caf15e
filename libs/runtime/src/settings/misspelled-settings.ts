import { isServiceLink } from './service-links.ts';
import { settingNames } from './setting-names.ts';

const names = new Set(settingNames.flatMap((name) => [name, `${name}_FILE`]));

/** Names one letter from ours that a shell sets for itself. */
const systemNames = new Set(['HOSTFILE']);

/** Returns one line for each name in the environment that differs from a setting's name by one letter. */
export function findMisspelledSettings(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment).flatMap(([name, value = '']) => {
    if (value === '' || names.has(name) || systemNames.has(name) || isServiceLink(value)) return [];
    const meant = [...names].find((known) => isOneEditApart(name, known));
    return meant === undefined
      ? []
      : [`${name} in the environment is not a setting and has no effect; is ${meant} meant?`];
  });
}

/** True when one letter was added, left out or replaced. */
function isOneEditApart(left: string, right: string): boolean {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  if (long.length - short.length > 1) return false;
  let same = 0;
  while (same < short.length && short[same] === long[same]) same += 1;
  const shortRest = short.slice(short.length === long.length ? same + 1 : same);
  return left !== right && shortRest === long.slice(same + 1);
}
