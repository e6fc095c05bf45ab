// Fakes of the ports, for tests of operations: they remember what was asked of them.
import { configSchema, toEnvironment, type Environment, type EnvironmentName } from '../../src/core/environment.js';
import type { LakeEvent } from '../../src/core/events.js';
import type { DeployedStacks, Engine, Functions, Identity, Landing, Templates } from '../../src/core/ports.js';

export function environment(name: EnvironmentName, extra: object = {}): Environment {
  const account = { local: '000000000000', dev: '111111111111', test: '222222222222', prod: '333333333333' }[name];
  const settings = { account, region: 'eu-west-2', ...(name === 'local' ? { local: {} } : {}), ...extra };
  return toEnvironment(configSchema.parse({ version: 1, project: 'lake', environments: { [name]: settings } }), name)!;
}

export function identity(account: string): Identity {
  return { caller: async () => ({ account, arn: `arn:aws:sts::${account}:assumed-role/someone` }) };
}

export class FakeEngine implements Engine, Templates {
  readonly calls: string[] = [];
  private readonly names: readonly string[];

  constructor(names: readonly string[] = ['Dev-DataLakeInfrastructureVpc', 'Dev-DataLakeInfrastructureEtlOrders']) {
    this.names = names;
  }

  list: Templates['list'] = async () => this.names.map((name) => ({ id: `Dev/${name.replace('-', '')}`, name, dependencies: [] }));
  stacks: Templates['stacks'] = async () => [];
  synth: Templates['synth'] = async () => [];
  bootstrap: Engine['bootstrap'] = async () => { this.calls.push('bootstrap'); return 'created'; };
  deploy: Engine['deploy'] = async () => ({ outcomes: [], failures: [], unended: [], error: undefined });
  destroy: Engine['destroy'] = async (all) => { this.calls.push(`destroy ${all.map((s) => s.name).join(' ')}`); return all.map(({ id, name }) => ({ id, name, result: 'deleted', outputs: {} })); };
}

export const stacks = (outputs: Record<string, Record<string, string>>): DeployedStacks => ({
  outputs: async (short) => outputs[short], list: async () => [], template: async () => undefined,
});

export class FakeFunctions implements Functions {
  readonly calls: { name: string; payload: unknown }[] = [];
  private readonly answer: (name: string, payload: never) => unknown;

  constructor(answer: (name: string, payload: never) => unknown) {
    this.answer = answer;
  }

  async invoke(name: string, payload: unknown): Promise<unknown> {
    this.calls.push({ name, payload });
    return this.answer(name, payload as never);
  }
}

export class FakeLanding implements Landing {
  readonly puts: string[] = [];
  async put(bucket: string, key: string): Promise<{ versionId: string }> {
    this.puts.push(`${bucket}/${key}`);
    return { versionId: 'v1' };
  }
}

export function recorder(): { emit: (event: LakeEvent) => void; events: LakeEvent[] } {
  const events: LakeEvent[] = [];
  return { emit: (event) => { events.push(event); }, events };
}
