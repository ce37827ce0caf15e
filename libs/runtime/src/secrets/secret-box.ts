import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** An encrypted text. `keyId` names the key that opens it and reveals nothing about that key. */
export interface Sealed {
  sealed: Buffer;
  keyId: string;
}

export interface SecretBox {
  /** The id of the key that seals new texts. */
  keyId: string;
  /** Encrypts a text for one owner. `about` names the owner, so that sealed texts cannot be swapped between rows. */
  seal(text: string, about: string): Sealed;
  /** Decrypts a text. Returns undefined for an unknown key, another owner, or changed bytes. */
  open(sealed: Sealed, about: string): string | undefined;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * Creates a box that seals with AES-256-GCM under a key derived from `key`.
 * It also opens texts sealed under a `previous` key, so that keys can be replaced.
 */
export function createSecretBox(key: string, previous: readonly string[] = []): SecretBox {
  const current = deriveKey(key);
  const keys = [current, ...previous.map(deriveKey)];
  return {
    keyId: current.id,
    seal(text, about) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', current.bytes, iv).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return { sealed: Buffer.concat([iv, cipher.getAuthTag(), body]), keyId: current.id };
    },
    open({ sealed, keyId }, about) {
      const found = keys.find(({ id }) => id === keyId);
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

/** Derives key and key id. No password stretching: the given key is a random text of at least 32 characters. */
function deriveKey(key: string): { id: string; bytes: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', key, 'turno', 'secrets at rest', 32));
  return { id: createHash('sha256').update('key id').update(bytes).digest('hex').slice(0, 12), bytes };
}
