import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureVersion } from 'node:tls';
import { UrlFault } from './url-parts.ts';

/** The encryption of connections to Postgres, by libpq's meaning of its modes. */
export interface Encryption {
  /**
   * `prefer` sends plain text where the server has no TLS. `prefer` and `require` do not check the certificate,
   * `verify-ca` checks who signed it, `verify-full` its host name too.
   */
  mode: 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  /** TLS starts without an SSLRequest before it. */
  direct: boolean;
  ca?: string;
  cert?: string;
  key?: string;
  minVersion?: SecureVersion;
  maxVersion?: SecureVersion;
}

/** Reads the encryption that the parameters of a URL ask for; undefined: none. Throws a UrlFault. */
export function toEncryption(given: ReadonlyMap<string, string>): Encryption | undefined {
  const rootCertificate = given.get('sslrootcert') || undefined;
  const mode = toMode(given.get('sslmode') || toSslMode(given.get('ssl')), rootCertificate);
  const negotiation = given.get('sslnegotiation') || 'postgres';
  if (!['postgres', 'direct'].includes(negotiation)) throw new UrlFault('sslnegotiation must be postgres or direct');
  if (mode === undefined) return undefined;
  const encryption: Encryption = {
    mode,
    direct: negotiation === 'direct',
    ...(rootCertificate === undefined || rootCertificate === 'system'
      ? {}
      : { ca: read('sslrootcert', rootCertificate) }),
    ...fileOf(given, 'sslcert', 'cert'),
    ...fileOf(given, 'sslkey', 'key'),
    ...versionOf(given, 'ssl_min_protocol_version', 'minVersion'),
    ...versionOf(given, 'ssl_max_protocol_version', 'maxVersion'),
  };
  checkCertificates(encryption);
  return encryption;
}

/** The parameter `ssl` of other drivers. */
function toSslMode(value: string | undefined): string | undefined {
  if (value === 'true' || value === '1') return 'verify-full';
  return value === 'false' || value === '0' ? 'disable' : value;
}

function toMode(value: string | undefined, rootCertificate: string | undefined): Encryption['mode'] | undefined {
  switch (value || (rootCertificate === 'system' ? 'verify-full' : 'disable')) {
    case 'disable':
      return undefined;
    case 'allow':
    case 'prefer':
      return 'prefer';
    case 'no-verify':
      return 'require';
    case 'require':
      // libpq does the same, for programs from before verify-ca.
      return rootCertificate === undefined ? 'require' : rootCertificate === 'system' ? 'verify-full' : 'verify-ca';
    case 'verify-ca':
      return 'verify-ca';
    case 'verify-full':
      return 'verify-full';
    default:
      throw new UrlFault('sslmode must be disable, allow, prefer, require, verify-ca or verify-full');
  }
}

function fileOf(given: ReadonlyMap<string, string>, name: string, field: 'cert' | 'key'): Partial<Encryption> {
  const file = given.get(name);
  return file ? { [field]: read(name, file) } : {};
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UrlFault(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function versionOf(given: ReadonlyMap<string, string>, name: string, field: 'minVersion' | 'maxVersion') {
  const value = given.get(name);
  if (!value) return {};
  const version = (['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const).find((known) => known === value);
  if (version === undefined) throw new UrlFault(`${name} must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3`);
  return { [field]: version };
}

function checkCertificates({ mode: _mode, direct: _direct, ...context }: Encryption): void {
  try {
    createSecureContext(context);
  } catch (error) {
    throw new UrlFault(
      `has certificates that cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
