/** The reason why a request was not sent or a redirect not followed. A retry cannot help. */
export type RefusalCode = 'address-refused' | 'url-refused' | 'header-refused' | 'too-many-redirects';

/**
 * A request that our own rules forbid.
 * `message` names the host as the caller wrote it, never the address behind it.
 */
export class OutboundRefused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'OutboundRefused';
    this.code = code;
  }
}

/** A failure of the network or of the remote server: no answer, or an unreadable one. A retry may help. */
export class OutboundFailure extends Error {
  readonly code: 'timeout' | 'aborted' | 'network-failure';
  /** True when the server was connected: it did not answer this request, or not in a readable way. */
  readonly reached: boolean;

  constructor(code: OutboundFailure['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundFailure';
    this.code = code;
    // A connection that cannot be made fails earlier than a whole request times out.
    this.reached = code === 'timeout' || isAfterConnect(options?.cause);
  }
}

/** Codes of failures of a connection that was made, of undici, of the HTTP parser and of the decoders. */
const afterConnect = /^(UND_ERR_(?!CONNECT_TIMEOUT)|HPE_|Z_|ERR_BROTLI|ECONNRESET|EPIPE)/;

function isAfterConnect(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && afterConnect.test(String(error.code))) || isAfterConnect(error.cause);
}
