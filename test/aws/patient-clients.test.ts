import { createServer, type Server } from 'node:http';
import { SsmParameters } from '../../src/aws/parameters.js';
import { patientSettings } from '../../src/aws/patient-clients.js';
import type { ClientSettings } from '../../src/aws/clients.js';

describe('patient clients', () => {
  let server: Server;
  let requests: number;
  let arrived: Promise<void>;
  const settings = (credentials: unknown): ClientSettings => ({ region: 'eu-west-2', endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`, credentials, maxAttempts: 3 }) as ClientSettings;

  beforeEach(async () => {
    requests = 0;
    // Takes every request and answers none.
    arrived = new Promise((resolve) => { server = createServer(() => { requests += 1; resolve(); }); });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterEach(() => { server.closeAllConnections(); server.close(); });

  it('break off what a hanging service was asked, and do not try again', async () => {
    const { settings: patient, close } = patientSettings(settings({ accessKeyId: 'a', secretAccessKey: 'b' }));
    const answer = new SsmParameters(patient).get('/x');
    const failed = expect(answer).rejects.toThrow();
    await arrived;
    close();
    await failed;
    expect(requests).toBe(1);
  });

  it('ask for credentials once, until they are about to end', async () => {
    let asked = 0;
    const provider = (minutes: number) => async () => { asked += 1; return { accessKeyId: 'a', secretAccessKey: 'b', expiration: new Date(Date.now() + minutes * 60_000) }; };
    const long = patientSettings(settings(provider(60)));
    const ask = long.settings.credentials as () => Promise<unknown>;
    await Promise.all([ask(), ask(), long.credentials.expiresAt()]);
    expect(asked).toBe(1);
    expect(Date.parse((await long.credentials.expiresAt())!)).toBeGreaterThan(Date.now());
    asked = 0;
    const short = patientSettings(settings(provider(1))).settings.credentials as () => Promise<unknown>;
    await short();
    await short();
    expect(asked).toBe(2);
  });

  it('ask again after credentials could not be had', async () => {
    let asked = 0;
    const { settings: patient } = patientSettings(settings(async () => { asked += 1; throw new Error('signed out'); }));
    const ask = patient.credentials as () => Promise<unknown>;
    await expect(ask()).rejects.toThrow('signed out');
    await expect(ask()).rejects.toThrow('signed out');
    expect(asked).toBe(2);
  });

  it('know of no end of keys that have none', async () => {
    expect(await patientSettings(settings({ accessKeyId: 'a', secretAccessKey: 'b' })).credentials.expiresAt()).toBeNull();
  });
});
