import { renderStatus, renderWatched } from '../../src/cli/render-status.js';
import { ago, job, lakeStatus, parts, stack, status } from '../support/status-fakes.js';

const missing = status({ environment: 'prod', account: '333333333333', parts: null, access: { state: 'not signed in', code: 'CREDENTIALS_MISSING', message: 'no token', hint: 'sign in' } });

describe('renderStatus', () => {
  it('puts several environments side by side, and hides none behind one that cannot be seen', () => {
    const dev = status({
      access: { state: 'signed in', account: '111111111111', arn: 'arn:aws:sts::111111111111:assumed-role/Admin/alice', expiresAt: ago(-90) },
      parts: parts({
        stacks: { value: [stack('Vpc', { changedAt: ago(200) }), stack('Iam', { changedAt: ago(3000) }), stack('Glue', { status: 'UPDATE_ROLLBACK_COMPLETE', state: 'rolled back', changedAt: ago(180) })] },
        secrets: { value: [{ name: 'token', state: 'old', changedAt: ago(1), maxAgeDays: 90 }] },
        jobs: { value: [job('orders'), job('items', { lastOutcome: null, lastRun: null, lastSuccessAt: null })] },
        alarms: { unread: 'no permission', code: 'ACCESS_DENIED', message: 'not allowed' },
        lock: { value: { owner: 'arn:aws:sts::1:assumed-role/Admin/bob', host: 'h', pid: 1, started: '', command: 'dlp deploy', since: ago(12), nonce: '' } },
        lastDeploy: { value: { at: ago(61), by: 'arn:aws:iam::1:user/carol', outcome: 'succeeded', commit: '0123456789abcdef', branch: 'main', clean: true, forced: false, stacks: {}, dlp: '' } },
      }),
    });
    expect(renderStatus(lakeStatus([dev, missing]))).toBe(`\
                 dev                                        prod
───────────────  ─────────────────────────────────────────  ─────────────
account          111111111111                               333333333333
signed in        yes, until 2026-03-10T13:30:00.000Z        not signed in
bootstrap        version 32                                 –
stacks           2 complete, 1 rolled back, 6 not deployed  –
last change      3 h ago                                    –
secrets          1 old                                      –
jobs             1 succeeded, 1 never ran                   –
mart             answers                                    –
alarms           no permission                              –
lock             bob, 12 min                                –
last deployment  succeeded 1 h ago, carol, 0123456          –

! could not be seen:
  dev: alarms: no permission: not allowed
  prod: not signed in: no token (sign in)

✖ 2 things are wrong:
  dev: Glue is UPDATE_ROLLBACK_COMPLETE
  dev: the secret token is older than 90 days`);
  });

  it('shows one environment in detail, with what CloudFormation does now', () => {
    const latest = { at: ago(2), resource: 'Instance', type: 'AWS::RDS::DBInstance', status: 'UPDATE_IN_PROGRESS', reason: null };
    const text = renderStatus(lakeStatus([status({
      parts: parts({
        stacks: { value: [stack('S3BucketZones', { outputs: { GoldBucketName: 'the-gold', LogsKeyArn: 'arn:not-shown' } }), stack('DataMart', { status: 'UPDATE_IN_PROGRESS', state: 'in progress', latest, changedAt: ago(4) })] },
        drift: { value: [{ name: 'Dev-DataLakeInfrastructureS3BucketZones', short: 'S3BucketZones', drift: 'DRIFTED', resources: [{ resource: 'Gold', type: 'AWS::S3::Bucket', change: 'MODIFIED', properties: [] }], reason: null }, { name: 'x', short: 'DataMart', drift: 'UNKNOWN', resources: [], reason: 'busy' }] },
        code: { value: { 'Dev-DataLakeInfrastructureS3BucketZones': 'same', 'Dev-DataLakeInfrastructureDataMart': 'changed' } },
      }),
    })]));
    expect(text).toMatch(/^dev: account 111111111111, eu-west-2, profile lake-dev\n {2}signed in {7}arn:aws:sts::111111111111:assumed-role\/Admin\/alice\n/);
    expect(text).toContain(`
stack          state               changed       drift          code     latest
─────────────  ──────────────────  ────────────  ─────────────  ───────  ─────────────────────────────────────
S3BucketZones  UPDATE_COMPLETE     30 min ago    drifted: Gold  same
DataMart       UPDATE_IN_PROGRESS  4 min ago     –              changed  UPDATE_IN_PROGRESS Instance 2 min ago
not deployed: Vpc, Iam, Glue, Lambda, Api, Athena, Monitoring
`);
    expect(text).toMatch(/orders {2}succeeded {2}20 min ago {4}19 min ago +–/);
    expect(text).toContain('  gold              the-gold\n');
    expect(text).not.toContain('not-shown');
    expect(text).toContain('drift of DataMart: busy');
    expect(text).toContain('✖ 2 things are wrong:\n  S3BucketZones has drifted: Gold was modified\n  deployed otherwise than the code here says: DataMart');
  });

  it('says so when nothing is deployed, and when an environment cannot be seen', () => {
    expect(renderStatus(lakeStatus([status({ parts: parts({ bootstrap: { value: { version: null } }, stacks: { value: [] }, jobs: null, mart: null }) })]))).toMatch(/bootstrap {7}not bootstrapped\n[^]*the lake is not deployed: dlp bootstrap --env dev, then dlp deploy --env dev\n\n✔ nothing is wrong$/);
    expect(renderStatus(lakeStatus([{ ...missing, named: true }]))).toBe('prod: account 333333333333, eu-west-2, profile lake-dev\n  not signed in\n\n! could not be seen:\n  not signed in: no token (sign in)\n\n! nothing could be seen');
  });

  it.each([[0, 'just now'], [1, '1 min ago'], [59, '59 min ago'], [60, '1 h ago'], [47 * 60, '47 h ago'], [48 * 60, '2 days ago']])('%s minutes are "%s"', (minutes, text) => {
    expect(renderStatus(lakeStatus([status({ parts: parts({ stacks: { value: [stack('Vpc', { changedAt: ago(minutes) })] } }) })]))).toContain(`Vpc    UPDATE_COMPLETE  ${text}`);
  });

  it('has what matters on top when it is drawn again', () => {
    const [first, , second] = renderWatched(lakeStatus([status()]), 5).split('\n');
    expect([first, second]).toEqual(['12:00:00 UTC, again every 5 s; Ctrl-C ends', '✔ nothing is wrong']);
  });
});
