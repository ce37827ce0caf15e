export interface TextBody {
  body: string;
  bodyEncoding: 'utf8' | 'base64';
}

/**
 * Converts bytes to text that JSON can carry.
 * UTF-8 without NUL (which JSON in Postgres cannot have) stays text, other bytes become base64. A partial character at
 * the end of a truncated body is dropped.
 */
export function toText(bytes: Uint8Array, truncated: boolean): TextBody {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    const body = decoder.decode(bytes, { stream: truncated });
    if (!body.includes('\0')) return { body, bodyEncoding: 'utf8' };
  } catch {
    // not UTF-8, for example an image
  }
  return { body: Buffer.from(bytes).toString('base64'), bodyEncoding: 'base64' };
}
