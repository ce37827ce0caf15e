import { settingNames } from './setting-names.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The value of NAME_PORT that Kubernetes and Docker set for a service called NAME. */
const serviceLink = /^(tcp|udp|sctp):\/\//;

/** Returns true for a value that Kubernetes or Docker made: no setting has such a value. */
export function isServiceLink(value: string): boolean {
  return serviceLink.test(value);
}

/** Returns the settings whose value in the environment is a service link, such as BOARD_PORT for a service "board". */
export function findServiceLinks(environment: Environment): { name: string; value: string }[] {
  return settingNames.flatMap((name) => {
    const value = environment[name];
    return value !== undefined && isServiceLink(value) ? [{ name, value }] : [];
  });
}
