import { approvalsNeeded, type Given } from '../../src/core/approvals.js';
import type { EnvironmentName } from '../../src/core/environment.js';
import { planStack, type Plan, type ResourceChange } from '../../src/core/plan.js';
import { environment } from '../support/fakes.js';
import { deployed, synthesized } from '../support/fake-lake.js';

const NOTHING_SAID: Given = { yes: false, allowReplace: [], allowIam: [] };
const stack = synthesized('S3BucketZones');
const bucket: ResourceChange = { logicalId: 'Gold83B9', path: 'Gold/Resource', type: 'AWS::S3::Bucket', action: 'replace', properties: ['BucketName'] };

function plan({ resources = [bucket], widening = [] as string[], create = false, action = undefined as ResourceChange['action'] | undefined } = {}): Plan {
  const changes = action ? resources.map((change) => ({ ...change, action })) : resources;
  return {
    version: 1, environment: 'dev', account: '1', region: 'r', leftover: [],
    stacks: [planStack({ synthesized: stack, deployed: create ? undefined : deployed(stack), difference: { resources: changes, outputs: [], widening, other: [] }, fingerprints: { deployed: null, proposed: '' } })],
  };
}
const flags = (made: Plan, name: EnvironmentName, given: Partial<Given> = {}) => approvalsNeeded(made, environment(name), { ...NOTHING_SAID, ...given }).map((approval) => approval.flag);
const harmless = plan({ action: 'update' });

describe('approvalsNeeded', () => {
  it.each([['local', []], ['dev', []], ['test', ['--yes']], ['prod', ['--confirm prod']]] as const)('changes in place, in %s: %j', (name, needed) => {
    expect(flags(harmless, name)).toEqual(needed);
  });

  it('is content with the flag that it names', () => {
    expect(flags(harmless, 'test', { yes: true })).toEqual([]);
    expect(flags(harmless, 'prod', { confirm: 'prod' })).toEqual([]);
    expect(flags(harmless, 'prod', { confirm: 'dev', yes: true })).toEqual(['--confirm prod']);
  });

  it.each(['replace', 'may-replace', 'delete', 'orphan'] as const)('asks about each resource with data that is to %s, everywhere, whatever --yes says', (action) => {
    for (const name of ['local', 'dev', 'test'] as const) expect(flags(plan({ action }), name, { yes: true })).toEqual(['--allow-replace S3BucketZones/Gold83B9']);
  });

  it.each(['S3BucketZones/Gold83B9', 'Dev/DevDataLakeInfrastructureS3BucketZones/Gold83B9', 'Dev-DataLakeInfrastructureS3BucketZones/Gold/Resource', 'Gold83B9', 's3bucketzones/gold/resource'])('takes %s as the name of the resource', (text) => {
    expect(flags(plan(), 'dev', { allowReplace: [text] })).toEqual([]);
  });

  it.each(['S3BucketZones', 'Gold', 'Vpc/Gold83B9', ''])('does not take "%s" for it', (text) => {
    expect(flags(plan(), 'dev', { allowReplace: [text] })).toHaveLength(1);
  });

  it('asks about wider rights of a stack that is there, but not on the laptop and not of a new stack', () => {
    const wider = plan({ action: 'update', widening: ['Allow s3:* on *'] });
    expect(flags(wider, 'dev')).toEqual(['--allow-iam S3BucketZones']);
    expect(flags(wider, 'dev', { allowIam: ['S3BucketZones'] })).toEqual([]);
    expect(flags(wider, 'dev', { allowIam: ['Vpc'], yes: true })).toEqual(['--allow-iam S3BucketZones']);
    expect(flags(wider, 'local')).toEqual([]);
    expect(flags(plan({ action: 'create', widening: ['Allow s3:* on *'], create: true }), 'dev')).toEqual([]);
  });

  it('asks nothing when nothing changes', () => {
    expect(flags(plan({ resources: [] }), 'prod')).toEqual([]);
  });

  it('asks the mildest first', () => {
    expect(flags(plan({ widening: ['x'] }), 'test')).toEqual(['--yes', '--allow-replace S3BucketZones/Gold83B9', '--allow-iam S3BucketZones']);
  });
});
