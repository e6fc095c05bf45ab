// A second cloud: moto (PyPI), another imitation of AWS than the emulator that the lake is developed on.
import { freePort, startPeer, type Peer } from './peer.js';

/** The account of every caller. */
export const MOTO_ACCOUNT = '123456789012';

export interface Moto extends Peer { readonly url: string }

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  // Not 127.0.0.1: moto takes a name of numbers and dots for one that begins with a bucket's.
  const url = `http://localhost:${port}`;
  const { stop } = await startPeer('moto_server', ['--host', '127.0.0.1', '--port', String(port)], `${url}/moto-api/data.json`);
  return { url, stop };
}
