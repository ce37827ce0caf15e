import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, type ProblemCode } from '@turno/contract';
import { problemDocumentOf } from '../response/send-problem.ts';

const codes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

const details: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'the request line and headers are larger than this server accepts',
  ERR_HTTP_REQUEST_TIMEOUT: 'the request was not complete in time',
};

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Connections that got their answer and are read on for a moment. */
const answered = new WeakSet<Duplex>();
const readOnMs = 2_000;

/**
 * Answers a request that node could not parse or did not receive in time, and closes the connection.
 * It writes nothing into an answer in progress, and nothing while a complete earlier request waits for its answer: the
 * client would take this answer for the other one.
 */
export function rejectMalformed(
  error: NodeJS.ErrnoException,
  socket: Duplex & { _httpMessage?: ServerResponse },
): void {
  const current = socket._httpMessage;
  if (answered.has(socket)) return; // the rest of the request, which is read on
  if (error.code === 'ECONNRESET' || !socket.writable || current?.headersSent || current?.req.complete) {
    socket.destroy();
    return;
  }
  const problem = new Problem(codes[error.code ?? ''] ?? 'bad-request', {
    detail: details[error.code ?? ''] ?? 'the request is not valid HTTP',
  });
  const id = randomUUID();
  const body = JSON.stringify(problemDocumentOf(problem, '', id));
  // The kernel would reset a connection that closes with unread bytes, and the reset may overtake the answer.
  answered.add(socket);
  const cut = setTimeout(() => socket.destroy(), readOnMs);
  socket.once('close', () => clearTimeout(cut));
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${reasons[problem.status] ?? 'Bad Request'}`,
      'Connection: close',
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${id}`,
      '',
      body,
    ].join('\r\n'),
  );
}
