import { DeployHost } from '../../src/aws/deploy-host.js';
import type { LakeEvent } from '../../src/core/events.js';

const STACKS = ['Vpc', 'Glue'].map((short) => ({ id: `Dev/Dev${short}`, name: `Dev-${short}`, dependencies: [] }));
const message = (code: string, data: object) => ({ code, data, message: '', level: 'info', action: 'deploy', time: new Date() }) as never;
const request = (code: string) => ({ code, message: 'are you sure?' }) as never;

function begun() {
  const events: LakeEvent[] = [];
  const host = new DeployHost();
  host.begin({ emit: (event) => { events.push(event); }, stacks: STACKS });
  return { host, events };
}

describe('DeployHost', () => {
  it('turns a deployment into steps that each end once', async () => {
    const { host, events } = begun();
    await host.notify(message('CDK_TOOLKIT_I5501', { deployment: '1', stackName: 'Dev-Glue' }));
    await host.notify(message('CDK_TOOLKIT_I5502', { deployment: '1', event: { LogicalResourceId: 'Db', ResourceStatus: 'CREATE_COMPLETE' }, progress: { completed: 1, total: 2 } }));
    await host.notify(message('CDK_TOOLKIT_I5900', { stackArn: 'arn:aws:cloudformation:x:1:stack/Dev-Glue/uuid', outputs: { A: '1' }, noOp: false }));
    await host.notify(message('CDK_TOOLKIT_I5900', { stackArn: 'arn:aws:cloudformation:x:1:stack/Dev-Vpc/uuid', outputs: {}, noOp: true }));
    host.end();
    expect(events.filter((event) => event.type === 'ended')).toEqual([
      { type: 'ended', id: 'Dev-Glue', outcome: 'done', text: 'deployed' }, { type: 'ended', id: 'Dev-Vpc', outcome: 'done', text: 'unchanged' },
    ]);
    expect(events).toContainEqual({ type: 'progress', id: 'Dev-Glue', text: '1/2 CREATE_COMPLETE Db' });
    expect(host.outcomes().map((o) => [o.id, o.result])).toEqual([['Dev/DevVpc', 'unchanged'], ['Dev/DevGlue', 'deployed']]);
  });

  it('says which resource failed and why, but not what was only cancelled', async () => {
    const { host, events } = begun();
    await host.notify(message('CDK_TOOLKIT_I5501', { deployment: '1', stackName: 'Dev-Glue' }));
    const failed = (id: string, reason: string) => message('CDK_TOOLKIT_I5502', { deployment: '1', event: { LogicalResourceId: id, ResourceType: 'AWS::X', ResourceStatus: 'CREATE_FAILED', ResourceStatusReason: reason }, metadata: { constructPath: `Dev/${id}` } });
    await host.notify(failed('Db', 'limit exceeded'));
    await host.notify(failed('Job', 'Resource creation cancelled'));
    host.end();
    expect(host.failures()).toBe('Dev-Glue: Dev/Db (AWS::X): limit exceeded');
    expect(events.filter((event) => event.type === 'ended')).toEqual([
      { type: 'ended', id: 'Dev-Vpc', outcome: 'skipped', text: 'not reached' }, { type: 'ended', id: 'Dev-Glue', outcome: 'failed', text: 'failed' },
    ]);
  });

  it('answers only what was approved, and only while it is', async () => {
    const { host } = begun();
    await expect(host.requestResponse(request('CDK_TOOLKIT_I5060'))).resolves.toBe(true);
    await expect(host.requestResponse(request('CDK_TOOLKIT_I9999'))).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
    host.end();
    await expect(host.requestResponse(request('CDK_TOOLKIT_I7010'))).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
  });

  it('names the line of the source that asked for what failed', async () => {
    const { host } = begun();
    const stack = { metadata: { '/Dev/DevGlue/Db': [{ type: 'aws:cdk:logicalId', data: 'Db' }, { type: 'aws:cdk:creationStack', data: ['new Database (file:///x/node_modules/aws-cdk-lib/a.js:1:1)', 'new GlueStack (file:///x/src/infra/stacks/glue.ts:40:17)'] }] } };
    await host.notify(message('CDK_TOOLKIT_I5501', { deployment: '1', stackName: 'Dev-Glue', stack }));
    await host.notify(message('CDK_TOOLKIT_I5502', { deployment: '1', event: { LogicalResourceId: 'Db', ResourceType: 'AWS::X', ResourceStatus: 'CREATE_FAILED', ResourceStatusReason: 'taken' }, metadata: { constructPath: 'Dev/DevGlue/Db' } }));
    expect(host.report(undefined).failures).toEqual(['Dev-Glue: Dev/DevGlue/Db (AWS::X): taken\n  asked for in src/infra/stacks/glue.ts:40:17']);
  });

  it('hands over the stacks whose end it never heard of, and whether they were begun', async () => {
    const { host, events } = begun();
    await host.notify(message('CDK_TOOLKIT_I5501', { deployment: '1', stackName: 'Dev-Glue' }));
    expect(host.report(new Error('lost')).unended).toEqual([{ name: 'Dev-Vpc', begun: false }, { name: 'Dev-Glue', begun: true }]);
    host.end();
    expect(events.filter((event) => event.type === 'ended')).toEqual([]);
  });

  it('begins no further stack once it was told to stop', async () => {
    let stopped = false;
    const host = new DeployHost();
    host.begin({ emit: () => undefined, stacks: STACKS, stopped: () => stopped });
    await host.notify(message('CDK_TOOLKIT_I5100', {}));
    stopped = true;
    await expect(host.notify(message('CDK_TOOLKIT_I5100', {}))).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    await expect(host.requestResponse(request('CDK_TOOLKIT_I5060'))).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('does not go on with the rights of the caller, unless it may', async () => {
    const warning = { code: 'CDK_TOOLKIT_W0000', level: 'warn', message: "current credentials could not be used to assume 'arn:aws:iam::1:role/cdk-x-deploy-role-1-eu-west-2', but are for the right account. Proceeding anyway." } as never;
    await expect(begun().host.notify(warning)).rejects.toMatchObject({ code: 'ROLE_REFUSED', message: expect.stringContaining('arn:aws:iam::1:role/cdk-x-deploy-role-1-eu-west-2') });
    const host = new DeployHost();
    host.begin({ emit: () => undefined, stacks: STACKS, callerRole: true });
    await expect(host.notify(warning)).resolves.toBeUndefined();
  });

  it('refuses everything before anything was begun', async () => {
    await expect(new DeployHost().requestResponse(request('CDK_TOOLKIT_I7010'))).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
  });
});
