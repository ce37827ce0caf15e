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

  constructor(code: OutboundFailure['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundFailure';
    this.code = code;
  }
}
