import { type App, startApp } from './start-app.ts';
import { testSettings } from './start-turno.ts';

export interface Board {
  /** Base address, without a slash at the end. */
  url: string;
  user: string;
  password: string;
  /** A request with the right login. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** The lines of its log. */
  log: App['log'];
}

/** A board on a free port against this file's part of Redis, ended with the file. */
export async function startBoard(settings: Record<string, string> = {}): Promise<Board> {
  const [user, password] = ['admin', 'a password only for tests'];
  const app = await startApp('board', await testSettings({ BOARD_PORT: '0', BOARD_PASSWORD: password, ...settings }));
  const url = app.addresses.board ?? '';
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const request = (path: string, init?: RequestInit) =>
    fetch(`${url}${path}`, { ...init, headers: { authorization, ...(init?.headers as Record<string, string>) } });
  return { url, user, password, request, log: app.log };
}
