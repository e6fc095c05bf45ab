// Waits on 127.0.0.1 for the browser to bring back the authorization code. Answers that one address with a plain page;
// knows nothing of tokens.
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DlpError } from '../../core/errors.js';

const PATH = '/oauth/callback';

/** What is registered; a client may come back on any port of it (RFC 8252). */
export const REGISTERED_REDIRECT = `http://127.0.0.1${PATH}`;

export interface Loopback {
  readonly redirectUri: string;
  /** @throws ABORTED when the person refused, LOGIN_FAILED after `limitMs` */
  code(limitMs: number): Promise<string>;
  close(): Promise<void>;
}

/** Takes only an answer with this `state`. */
export async function listenForCode(state: string): Promise<Loopback> {
  let settle!: (answer: { code: string } | { refusal: string }) => void;
  const answered = new Promise<{ code: string } | { refusal: string }>((resolve) => { settle = resolve; });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', redirectUri);
    // Another name for this address would be a page of somebody else's that has its name point here.
    if (request.method !== 'GET' || url.pathname !== PATH || !isOwnHost(request, redirectUri)) return page(response, 404, 'Nothing here', 'This address only takes the answer of a sign-in.');
    const code = url.searchParams.get('code');
    const refusal = url.searchParams.get('error');
    // A refusal may come without its state: believing it costs one more try, not a wrong sign-in.
    const ours = same(url.searchParams.get('state') ?? '', state) || (refusal !== null && code === null && !url.searchParams.has('state'));
    if (!ours || (code === null && refusal === null)) {
      return page(response, 400, 'Not the sign-in that dlp waits for', 'Start again from the address that dlp printed. dlp goes on waiting.');
    }
    if (code === null) page(response, 200, 'Not signed in', 'The request was refused. You can close this window.');
    else page(response, 200, 'Thank you', 'dlp goes on in the terminal. You can close this window.');
    response.once('close', () => settle(code === null ? { refusal: refusal! } : { code }));
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve); });
  const redirectUri = `http://127.0.0.1:${(server.address() as { port: number }).port}${PATH}`;
  return {
    redirectUri,
    async code(limitMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new DlpError('LOGIN_FAILED', `nobody signed in within ${limitMs / 60_000} minutes`)), limitMs);
      });
      const answer = await Promise.race([answered, late]).finally(() => clearTimeout(timer));
      if ('code' in answer) return answer.code;
      if (answer.refusal === 'access_denied') throw new DlpError('ABORTED', 'the sign-in was refused in the browser');
      throw new DlpError('LOGIN_FAILED', `the sign-in ended with ${JSON.stringify(answer.refusal.slice(0, 80))}`);
    },
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}

function isOwnHost({ headers }: IncomingMessage, redirectUri: string): boolean {
  return headers.host === new URL(redirectUri).host;
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function page(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', connection: 'close' });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>dlp: ${title}</title>
<body style="font: 18px system-ui, sans-serif; margin: 20vh auto; max-width: 32em; text-align: center"><h1>${title}</h1><p>${text}</p></body></html>\n`);
}
