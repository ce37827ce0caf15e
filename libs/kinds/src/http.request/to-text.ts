export interface TextBody {
  body: string;
  bodyEncoding: 'utf8' | 'base64';
}

/**
 * Bytes as JSON can carry them: as text when they are UTF-8 without NUL (which Postgres' JSON cannot hold), else as base64. A
 * character that was cut through at the end of a truncated body is dropped, not replaced.
 */
export function toText(bytes: Uint8Array, truncated: boolean): TextBody {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    const body = decoder.decode(bytes, { stream: truncated });
    if (!body.includes('\0')) return { body, bodyEncoding: 'utf8' };
  } catch {
    // No UTF-8, as for every picture.
  }
  return { body: Buffer.from(bytes).toString('base64'), bodyEncoding: 'base64' };
}
