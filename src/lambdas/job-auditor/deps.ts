// What the auditor needs from outside; tests give other ones.
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { databaseSettings, databaseVariables, withDatabase } from '../database.js';
import { readEnvironment } from '../runtime.js';
import { secretsManager } from '../secrets.js';
import { type Ledger, ledgerOn } from './ledger.js';
import { type Objects, s3Objects } from './objects.js';

export interface Deps {
  readonly environment: string;
  readonly landingBucket: string;
  readonly goldBucket: string;
  readonly objects: Objects;
  /** One connection for one call of the function. */
  withLedger<T>(work: (ledger: Ledger) => Promise<T>): Promise<T>;
}

const variables = z.object({ DLP_ENV: z.string().min(1), GOLD_BUCKET: z.string().min(1), LANDING_BUCKET: z.string().min(1) });

/** Step Functions repeats a call that fails, so patience is for what passes in seconds: a failover's last step, a burst of connections. */
const CONNECTION = { applicationName: 'dlp-job-auditor', patienceMs: 10_000, role: 'audit_writer', statementTimeoutMs: 10_000 } as const;

export function makeDeps(): Deps {
  const { DLP_ENV: environment, GOLD_BUCKET: goldBucket, LANDING_BUCKET: landingBucket } = readEnvironment(variables);
  const database = databaseSettings(readEnvironment(databaseVariables));
  const secrets = secretsManager();
  return {
    environment,
    goldBucket,
    landingBucket,
    objects: s3Objects(new S3Client({})),
    withLedger: (work) => withDatabase(database, secrets, CONNECTION, (client) => work(ledgerOn(client))),
  };
}
