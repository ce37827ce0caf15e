/** The API refused the call. `code` is the stable code of the problem document (RFC 9457). */
export class TurnoError extends Error {
  readonly code: string;
  readonly status: number;
  /** The whole problem document, with `errors` for each fault of a request. */
  readonly problem: unknown;

  /** Seconds until a repeat can succeed, when the server named them. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, problem: unknown, retryAfterSeconds?: number) {
    const { code = 'unknown', detail, title } = (problem ?? {}) as { code?: string; detail?: string; title?: string };
    super(`${code}: ${detail ?? title ?? `status ${status}`}`);
    this.name = 'TurnoError';
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
