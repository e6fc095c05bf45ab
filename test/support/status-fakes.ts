// A healthy environment for tests of `dlp status`; each test says what is different.
import type { EnvironmentStatus, JobStatus, LakeStatus, Parts, StackStatus, StatusPorts } from '../../src/core/status.js';
import type { Run } from '../../src/core/run.js';
import { judgeAll } from '../../src/core/judge-status.js';

export const NOW = new Date('2026-03-10T12:00:00.000Z');
export const ago = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();

export function stack(short: string, extra: Partial<StackStatus> = {}): StackStatus {
  return { name: `Dev-DataLakeInfrastructure${short}`, short, status: 'UPDATE_COMPLETE', state: 'complete', changedAt: ago(30), latest: null, failure: null, outputs: {}, ...extra };
}

export function job(name: string, extra: Partial<JobStatus> = {}): JobStatus {
  const run = { run: `${name}-1`, status: 'SUCCEEDED', startedAt: ago(20), endedAt: ago(19) } as const;
  return { job: name, schedule: null, lastRun: run, lastOutcome: run, lastSuccessAt: ago(19), overdueSince: null, ...extra };
}

export function parts(extra: Partial<Parts> = {}): Parts {
  return {
    bootstrap: { value: { version: 32 } }, stacks: { value: [stack('S3BucketZones'), stack('Vpc')] }, drift: null, code: null, secrets: { value: [] },
    jobs: { value: [job('orders')] }, mart: { value: { reachable: true, milliseconds: 12 } }, alarms: { value: [] }, lock: { value: null }, lastDeploy: { value: null }, ...extra,
  };
}

export function status(extra: Partial<EnvironmentStatus> = {}): EnvironmentStatus {
  return {
    environment: 'dev', account: '111111111111', region: 'eu-west-2', profile: 'lake-dev', named: false,
    access: { state: 'signed in', account: '111111111111', arn: 'arn:aws:sts::111111111111:assumed-role/Admin/alice', expiresAt: null }, parts: parts(), ...extra,
  };
}

export function lakeStatus(environments: readonly EnvironmentStatus[]): LakeStatus {
  const { problems, exitCode } = judgeAll(environments, NOW);
  return { at: NOW.toISOString(), healthy: exitCode === 0, problems, environments };
}

export function run(extra: Partial<Run> = {}): Run {
  return {
    run: 'orders-1', job: 'orders', status: 'SUCCEEDED', rowsRead: 1, rowsWritten: 1, rowsQuarantined: 0, rowsDeduplicated: 0, rowsLoaded: 1, reconciled: true,
    startedAt: ago(20), endedAt: ago(19), durationSeconds: 60, ...extra,
  };
}

/** Ports onto a lake that is deployed and fine. */
export function ports(extra: Partial<StatusPorts> = {}): StatusPorts & { closed: number } {
  const deployed = (short: string, outputs: Record<string, string> = {}) => ({
    name: `Dev-DataLakeInfrastructure${short}`, arn: '', status: 'CREATE_COMPLETE', statusReason: null, createdAt: ago(60), updatedAt: null, outputs, tags: {}, terminationProtection: false,
  });
  const made = {
    closed: 0,
    identity: { caller: async () => ({ account: '111111111111', arn: 'arn:aws:sts::111111111111:assumed-role/Admin/alice' }) },
    credentials: { expiresAt: async () => ago(-60) },
    stacks: {
      list: async () => [deployed('EtlOrders'), deployed('Lambda', { MartQueryName: 'mart-query' }), deployed('Api', { LakeApiName: 'lake-api' })],
      template: async () => ({ Resources: {} }),
    },
    functions: {
      invoke: async (name: string, payload: unknown) => {
        if (name === 'mart-query') return { columns: [], rows: [[1]], truncated: false };
        const { path } = payload as { path: string };
        return { statusCode: 200, body: JSON.stringify(path === '/jobs' ? { jobs: [{ job: 'orders', trigger: { event: { prefix: 'orders/' } } }] } : { runs: [run()] }) };
      },
    },
    parameters: { get: async (name: string) => (name.startsWith('/cdk-bootstrap/') ? '32' : undefined) },
    events: { lastOperation: async () => ({ latest: null, failure: null }) },
    drift: { detect: async () => ({ drift: 'IN_SYNC' as const, resources: [], reason: null }) },
    alarms: { open: async () => [] },
    secrets: { describe: async () => undefined, list: async () => [] },
    code: async () => ({ stacks: async () => [] }),
    close: () => { made.closed += 1; },
    ...extra,
  };
  return made;
}
