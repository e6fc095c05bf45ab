// Stands between dlp and the emulator, and writes down every AWS call that passes: which service, which action, and
// whether it could change anything. Tests of refusals assert that nothing that writes ever came through.
import { createServer, request, type IncomingMessage } from 'node:http';

export interface RecordedCall {
  /** `CreateChangeSet`, or `PUT /bucket/key` where the protocol has no name for it. */
  readonly action: string;
  readonly write: boolean;
  readonly body: string;
  /** Who signed it: the id of the access key, empty for nobody. */
  readonly accessKey: string;
}

export interface RecordingProxy {
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  /** The actions of the calls that write, since the last time it was asked. */
  takeWrites(): string[];
  close(): Promise<void>;
}

/** Forwards to 127.0.0.1:`port`. `GET /_writes` answers takeWrites(), a line each. */
export async function startRecordingProxy(port: number): Promise<RecordingProxy> {
  const calls: RecordedCall[] = [];
  let taken = 0;
  const takeWrites = () => {
    const writes = calls.slice(taken).filter((call) => call.write).map((call) => call.action);
    taken = calls.length;
    return writes;
  };
  const server = createServer(async (incoming, outgoing) => {
    if (incoming.url === '/_writes') {
      outgoing.end(takeWrites().join('\n'));
      return;
    }
    const body = await bytesOf(incoming);
    calls.push(describe(incoming, body));
    const onward = request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    // As a server that is not there: the caller must see a broken connection, not an answer of ours.
    onward.once('error', () => incoming.socket.destroy());
    onward.end(body);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port: own } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${own}`,
    calls,
    takeWrites,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }),
  };
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const READS = /^(Get|List|Describe|Head|BatchGet|Lookup|AssumeRole|Validate|Filter|Search|Detect)/;

function describe({ method = '', url = '', headers }: IncomingMessage, bytes: Buffer): RecordedCall {
  const body = bytes.toString('utf8');
  const named = String(headers['x-amz-target'] ?? '').split('.').at(-1)
    || /\/operation\/(\w+)/.exec(url)?.[1]
    || (String(headers['content-type']).includes('x-www-form-urlencoded') ? new URLSearchParams(body).get('Action') : undefined);
  const accessKey = /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  if (named) return { action: named, write: !READS.test(named), body, accessKey };
  return { action: `${method} ${url.split('?')[0]}`, write: method !== 'GET' && method !== 'HEAD', body, accessKey };
}
