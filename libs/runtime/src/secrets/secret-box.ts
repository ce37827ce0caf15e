import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** A text that only the holder of the key can read. `keyId` says which key that is, and tells nothing about it. */
export interface Sealed {
  sealed: Buffer;
  keyId: string;
}

export interface SecretBox {
  /** The id of the key that seals. */
  keyId: string;
  /** `about` says whose it is: opened for anybody else it is refused, so that seals cannot be swapped between rows. */
  seal(text: string, about: string): Sealed;
  /** Undefined when no key here opens it: another one sealed it, for somebody else, or it was changed. */
  open(sealed: Sealed, about: string): string | undefined;
}

const ivBytes = 12;
const tagBytes = 16;

/** Seals with AES-256-GCM under a key derived from `key`; opens what the `previous` ones sealed as well, so that keys can be replaced. */
export function createSecretBox(key: string, previous: readonly string[] = []): SecretBox {
  const current = deriveKey(key);
  const known = [current, ...previous.map(deriveKey)];
  return {
    keyId: current.id,
    seal(text, about) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', current.bytes, iv).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return { sealed: Buffer.concat([iv, cipher.getAuthTag(), body]), keyId: current.id };
    },
    open({ sealed, keyId }, about) {
      const found = known.find(({ id }) => id === keyId);
      return found && unseal(found.bytes, sealed, about);
    },
  };
}

function unseal(key: Buffer, sealed: Buffer, about: string): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The given key is a random text of at least 32 characters, so stretching it would add nothing. */
function deriveKey(key: string): { id: string; bytes: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', key, 'turno', 'secrets at rest', 32));
  return { id: createHash('sha256').update('key id').update(bytes).digest('hex').slice(0, 12), bytes };
}
