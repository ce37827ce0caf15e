import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { atEndOfFile } from '../end-of-file.ts';

/**
 * `CHROMIUM_PATH`, or a `chromium` on the PATH; undefined where there is none. Nothing is ever installed for a test.
 */
export const chromiumPath: string | undefined = [
  process.env['CHROMIUM_PATH'] ?? '',
  ...(process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'chromium')),
].find(isProgram);

export const noChromium = 'no browser here: name a Chromium by CHROMIUM_PATH, or have `chromium` on the PATH';

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return file !== '';
  } catch {
    return false;
  }
}

export interface Watched {
  page: Page;
  /** Addresses that the page asked for at any other origin than its own. */
  outside: string[];
  /** What it complained of: errors of its scripts and of the console, and all that its policy forbids. */
  complaints: string[];
}

let browser: Promise<Browser> | undefined;

function launch(): Promise<Browser> {
  atEndOfFile(async () => {
    await (await browser)?.close();
    browser = undefined;
  });
  return chromium.launch({ executablePath: chromiumPath ?? '', args: ['--disable-gpu'] });
}

/** A page of the file's browser, in a session of its own, with a record of what it should not do. */
export async function openPage(origin: string, options: BrowserContextOptions = {}): Promise<Watched> {
  browser ??= launch();
  const context = await (await browser).newContext(options);
  const page = await context.newPage();
  const [outside, complaints]: [string[], string[]] = [[], []];
  const note = (url: string) => {
    if (!/^(data|blob):/.test(url) && new URL(url).origin !== origin) outside.push(url);
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return { page, outside, complaints };
}
