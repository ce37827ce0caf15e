/** Why a request was not sent, or not followed further. Trying again cannot help. */
export type RefusalCode = 'address-refused' | 'url-refused' | 'header-refused' | 'too-many-redirects';

/** Our own decision about a request. `message` names the host as the caller wrote it, never what it resolves to. */
export class OutboundRefused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'OutboundRefused';
    this.code = code;
  }
}

/** The network or the far side failed: no answer, or none that can be read. Trying again may help. */
export class OutboundFailure extends Error {
  readonly code: 'timeout' | 'aborted' | 'network-failure';

  constructor(code: OutboundFailure['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundFailure';
    this.code = code;
  }
}
