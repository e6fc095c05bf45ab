import type { EngineReport } from '../../src/core/deployment.js';
import { DlpError } from '../../src/core/errors.js';
import { deployLake } from '../../src/operations/deploy-lake.js';
import { FakeLake, synthesized } from '../support/fake-lake.js';

const VPC = 'Dev-DataLakeInfrastructureVpc';
const throttled = Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
const lost = (error: Error, ...names: string[]): EngineReport => ({ outcomes: [], failures: [], unended: names.map((name) => ({ name, begun: true })), error });

describe('carryOutPlan', () => {
  it('believes CloudFormation when the last poll of a deployment was throttled', async () => {
    const lake = new FakeLake('Vpc');
    lake.behave = async (options) => { await lake.succeed(options); return lost(throttled, VPC); };
    const { stacks } = await deployLake(lake.input());
    expect(stacks[0]).toMatchObject({ result: 'deployed' });
    expect(lake.calls.filter((call) => call.startsWith('deploy'))).toHaveLength(1);
    expect(lake.records[0]!.outcome).toBe('succeeded');
  });

  it('tries again what AWS was too busy for, and only that', async () => {
    const lake = new FakeLake('Vpc', 'Glue');
    let first = true;
    lake.behave = async (options) => {
      if (!first) return lake.succeed(options);
      first = false;
      lake.put(lake.code[0]!);
      return { ...lost(throttled, 'Dev-DataLakeInfrastructureGlue'), outcomes: [{ id: 'x', name: VPC, result: 'deployed', outputs: {} }] };
    };
    const { stacks } = await deployLake(lake.input());
    expect(stacks.map((stack) => stack.result)).toEqual(['deployed', 'deployed']);
    expect(lake.calls.filter((call) => call.startsWith('deploy'))).toEqual(['deploy Vpc Glue', 'deploy Glue']);
  });

  it('tries again when the CDK found no credentials because STS was busy, with the rights that were given', async () => {
    const lake = new FakeLake('Vpc');
    const rights: unknown[] = [];
    lake.behave = async (options) => {
      rights.push(options.callerRole);
      return rights.length === 1 ? { ...lost(new DlpError('AWS_BUSY', 'STS')), unended: [{ name: VPC, begun: false }] } : lake.succeed(options);
    };
    const { stacks } = await deployLake(lake.input('dev', { allowCallerRole: true }));
    expect(stacks[0]).toMatchObject({ result: 'deployed' });
    expect(rights).toEqual([true, true]);
  });

  it('gives up when AWS stays busy, and says so', async () => {
    const lake = new FakeLake('Vpc');
    lake.behave = async () => lost(throttled, VPC);
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'AWS_BUSY', message: 'Rate exceeded', cause: throttled, details: { stacks: [{ name: VPC, result: 'not reached' }] } });
    expect(lake.calls.filter((call) => call.startsWith('deploy'))).toHaveLength(4);
    expect(lake.records[0]!.outcome).toBe('failed');
  });

  it('does not try again what CloudFormation refused', async () => {
    const lake = new FakeLake('Vpc');
    lake.behave = async () => { lake.put(lake.code[0]!, { status: 'ROLLBACK_COMPLETE' }); return lost(throttled, VPC); };
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'DEPLOY_FAILED', exitCode: 1, message: `${VPC}: Thing (AWS::X::Y): no` });
    expect(lake.calls.filter((call) => call.startsWith('deploy'))).toHaveLength(1);
  });

  it('is no success when the stack was rolled back to what it was', async () => {
    const lake = new FakeLake('Vpc');
    lake.put(lake.code[0]!);
    const old = lake.templates.get(VPC)!;
    lake.code[0] = { ...lake.code[0]!, template: { Resources: {} } };
    lake.behave = async () => { lake.put(lake.code[0]!, { status: 'UPDATE_ROLLBACK_COMPLETE' }); lake.templates.set(VPC, old); return lost(new Error('rolled back'), VPC); };
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'DEPLOY_FAILED' });
  });

  it('names every stack that failed, not only the first', async () => {
    const lake = new FakeLake('Vpc', 'Glue');
    lake.behave = async ({ stacks }) => {
      for (const { name } of stacks) lake.put(lake.code.find((stack) => stack.name === name)!, { status: 'ROLLBACK_COMPLETE' });
      return lost(new Error('the first'), ...stacks.map((stack) => stack.name));
    };
    await expect(deployLake(lake.input())).rejects.toMatchObject({ message: expect.stringMatching(/Vpc: .*\n.*Glue: /) });
  });

  it('deploys again the readers of an output that has changed', async () => {
    const lake = new FakeLake('Vpc');
    lake.code.push(synthesized('Glue', { template: { Resources: { A: { Type: 'AWS::X::Y', Properties: { Vpc: { 'Fn::GetStackOutput': { StackName: VPC, OutputName: 'VpcId' } } } } } } }));
    lake.put(lake.code[0]!, { outputs: { VpcId: 'old' } });
    lake.put(lake.code[1]!);
    lake.code[0] = { ...lake.code[0]!, template: { Resources: {} } };
    lake.behave = async (options) => {
      const report = await lake.succeed(options);
      if (!options.force) lake.put(lake.code[0]!, { outputs: { VpcId: 'new' } });
      return report;
    };
    const { stacks } = await deployLake(lake.input());
    expect(lake.calls.filter((call) => call.startsWith('deploy'))).toEqual(['deploy Vpc', 'deploy Glue (force)']);
    expect(stacks.map((stack) => stack.result)).toEqual(['deployed', 'deployed']);
  });

  it('names the readers in which CloudFormation sees no change, and those that were not chosen', async () => {
    const lake = new FakeLake('Vpc');
    const reader = (short: string) => synthesized(short, { template: { Resources: { A: { P: { 'Fn::GetStackOutput': { StackName: VPC, OutputName: 'VpcId' } } } } } });
    lake.code.push(reader('Glue'), reader('Api'));
    for (const stack of lake.code) lake.put(stack, { outputs: stack.name === VPC ? { VpcId: 'old' } : {} });
    lake.code[0] = { ...lake.code[0]!, template: { Resources: {} } };
    lake.behave = async (options) => {
      if (options.force) return { outcomes: options.stacks.map(({ id, name }) => ({ id, name, result: 'unchanged', outputs: {} })), failures: [], unended: [], error: undefined };
      const report = await lake.succeed(options);
      lake.put(lake.code[0]!, { outputs: { VpcId: 'new' } });
      return report;
    };
    await deployLake(lake.input('dev', { patterns: ['Vpc', 'Glue'] }));
    const warnings = lake.said.events.flatMap((event) => (event.type === 'warning' ? event.text : []));
    expect(warnings).toEqual([expect.stringMatching(/deploy them as well: Dev\/DevDataLakeInfrastructureApi$/), expect.stringMatching(/sees no change .*: Dev\/DevDataLakeInfrastructureGlue$/)]);
  });

  it('cancels updates upon Ctrl-C, waits, and says how far it came', async () => {
    const lake = new FakeLake('Vpc', 'Glue');
    lake.behave = async (options) => {
      lake.press();
      expect(options.stopped()).toBe(true);
      lake.put(lake.code[0]!);
      return { ...lost(new Error('stopped'), 'Dev-DataLakeInfrastructureGlue'), outcomes: [{ id: 'x', name: VPC, result: 'deployed', outputs: {} }] };
    };
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130, message: 'interrupted; 1 of 2 stacks are as they should be' });
    expect(lake.calls).toEqual(['lock', 'deploy Vpc Glue', 'cancel Vpc', 'cancel Glue', 'release']);
    expect(lake.records[0]!.outcome).toBe('interrupted');
  });

  it('leaves at once upon a second Ctrl-C, gives the lock back and says how to go on', async () => {
    const lake = new FakeLake('Vpc');
    lake.behave = () => { lake.press(); lake.press(); return new Promise(() => undefined); };
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'INTERRUPTED', hint: expect.stringContaining('dlp status --env dev --watch') });
    expect(lake.lock).toBeUndefined();
    expect(lake.records[0]!.outcome).toBe('interrupted');
  });
});
