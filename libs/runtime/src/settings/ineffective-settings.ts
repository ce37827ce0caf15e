import { findMisspelledSettings } from './misspelled-settings.ts';
import { readValue } from './read-settings.ts';
import { findServiceLinks } from './service-links.ts';
import { findIneffectiveParameters } from './store-urls/store-urls.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns one line for each part of the environment that looks like a setting and has no effect: a misspelled name, a
 * service link of Kubernetes, a parameter of a URL.
 */
export function findIneffectiveSettings(environment: Environment): string[] {
  const links = findServiceLinks(environment).map(
    ({ name, value }) =>
      `${name}=${value} has no effect: Kubernetes or Docker made it for a service of that name, not for this setting ` +
      '(in Kubernetes, enableServiceLinks: false leaves it out)',
  );
  return [
    ...findMisspelledSettings(environment),
    ...links,
    ...findIneffectiveParameters((name) => readValue(name, environment, [])),
  ];
}
