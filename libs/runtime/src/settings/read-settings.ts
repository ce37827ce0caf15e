import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { findRetiredSettings } from './retired-settings.ts';
import { isServiceLink } from './service-links.ts';

/** All faults of the environment, one line each. */
export class SettingsError extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'SettingsError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses settings from the environment. An empty value counts as unset. Any NAME may be given as NAME_FILE, a path to a
 * file that holds the value. All faults are thrown together, retired names among them; a value that cannot be read
 * never becomes the default.
 */
export function readSettings<S extends z.ZodObject>(schema: S, environment: Environment): z.output<S> {
  const faults = findRetiredSettings(environment);
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = readValue(name, environment, faults);
    if (value !== undefined) given[name] = value;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults);
  return parsed.data;
}

/** Reads a value from the environment or from the file that it names. A service link of Kubernetes counts as unset. */
export function readValue(name: string, environment: Environment, faults: string[]): string | undefined {
  const given = environment[name] || undefined;
  const direct = given !== undefined && isServiceLink(given) ? undefined : given;
  const file = environment[`${name}_FILE`] || undefined;
  if (direct !== undefined && file !== undefined) faults.push(`${name}: is set twice, also by ${name}_FILE`);
  if (direct !== undefined || file === undefined) return direct;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    faults.push(`${name}_FILE: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

const whole = /^-?\d+$/;

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .refine((text) => whole.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number);
}

/** A TCP port; 0 lets the system choose a free one. */
export function port() {
  return wholeNumber(0, 65_535);
}

/** `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off`. */
export function flag() {
  return z
    .string()
    .toLowerCase()
    .refine((text) => ['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'].includes(text), {
      error: 'must be true or false',
    })
    .transform((text) => ['true', '1', 'yes', 'on'].includes(text));
}

/** A comma-separated list; spaces around entries are dropped. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );
}

/** Origins in the form that browsers send, or `*` for all. */
export function origins() {
  return list().refine((given) => given.every(isOrigin), {
    error: 'must be origins such as https://app.example.com, or *',
  });
}

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}

/** A URL with one of these schemes, such as `postgres:`. */
export function urlOf(...protocols: string[]) {
  return z
    .string({ error: 'is required' })
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    });
}
