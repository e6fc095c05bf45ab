// Sets secrets of one environment: guard, facts, values, plan, approval, writes. Values come in and go out as SecretValue.
import { asksBeforeChanges } from '../core/approvals.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import { toDlpError } from '../core/known-errors.js';
import { lakeTags } from '../core/lake-tags.js';
import type { DeployedStacks, Identity } from '../core/ports.js';
import { planSecret, secretId, type AskForSecret, type SecretChange, type SecretDeed, type SecretStore } from '../core/secrets.js';
import { guardAccount } from './guard-account.js';

export interface ConfigureSecretsInput {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly stacks: DeployedStacks;
  readonly secrets: SecretStore;
  /** As in dlp.yaml, in this order. */
  readonly names: readonly string[];
  readonly ask: AskForSecret;
  /** Asked only where the environment wants it; the plan was shown before. */
  readonly approve: (writes: number) => Promise<boolean>;
  readonly emit: Emit;
}

export interface ConfiguredSecret {
  readonly name: string;
  readonly id: string;
  /** What was done; empty where nothing was. */
  readonly done: readonly SecretDeed[];
  /** It has no value, before and after. */
  readonly missing: boolean;
}

export interface ConfigureSecretsResult { readonly environment: string; readonly secrets: readonly ConfiguredSecret[] }

/** @throws WRONG_ACCOUNT, LAKE_NOT_DEPLOYED, ABORTED, and what AWS says, with the secrets that were written before it */
export async function configureSecrets(input: ConfigureSecretsInput): Promise<ConfigureSecretsResult> {
  const { environment, identity, approve, emit } = input;
  if (input.names.length === 0) return { environment: environment.name, secrets: [] };
  await guardAccount(environment, identity);
  const keyArn = await lakeKey(environment, input.stacks);
  const changes = await plan(input, keyArn);
  const writes = changes.filter(({ deeds }) => deeds.length > 0);
  if (writes.length > 0) {
    emit({ type: 'plan', lines: ['to be done:', ...changes.map(planLine)] });
    if (asksBeforeChanges(environment) && !(await approve(writes.length))) throw new DlpError('ABORTED', `setting secrets in ${environment.name} was not approved`, { hint: 'nothing was changed' });
    await write(input, writes, keyArn);
  }
  return { environment: environment.name, secrets: changes.map(({ name, id, deeds, stored }) => ({ name, id, done: deeds, missing: deeds.length === 0 && !stored?.setAt })) };
}

async function plan({ environment, secrets, names, ask }: ConfigureSecretsInput, keyArn: string): Promise<SecretChange[]> {
  const stored = await Promise.all(names.map((name) => secrets.describe(secretId(environment, name))));
  const changes: SecretChange[] = [];
  // One after the other: a person answers one question at a time.
  for (const [i, name] of names.entries()) {
    const value = await ask({ name, description: environment.secrets[name]!.description, stored: stored[i] });
    changes.push(planSecret({ environment, keyArn, name, stored: stored[i], value }));
  }
  return changes;
}

async function lakeKey(environment: Environment, stacks: DeployedStacks): Promise<string> {
  const key = (await stacks.outputs('S3BucketZones'))?.['DataKeyArn'];
  if (key) return key;
  throw new DlpError('LAKE_NOT_DEPLOYED', `the key that secrets are kept under is not deployed in ${environment.name}`, { hint: `run \`dlp deploy --env ${environment.name} S3BucketZones\` first` });
}

function planLine({ id, deeds, stored }: SecretChange): string {
  const remark = stored?.deletesAt ? ` (in its deletion window until ${stored.deletesAt})` : deeds.includes('new version') && stored?.setAt ? ` (the value of ${stored.setAt} stays as AWSPREVIOUS)` : '';
  return `  ${deeds[0] === 'create' ? '+' : deeds.length > 0 ? '~' : ' '} ${id}: ${deeds.join(', ') || 'left as it is'}${remark}`;
}

async function write(input: ConfigureSecretsInput, changes: readonly SecretChange[], keyArn: string): Promise<void> {
  const written: string[] = [];
  for (const change of changes) {
    try {
      await step(input.emit, change.id, change.id, () => apply(input, change, keyArn), () => change.deeds.join(', '));
    } catch (thrown) {
      const error = toDlpError(thrown);
      throw new DlpError(error.code, `${change.id}: ${error.message}`, {
        cause: thrown, hint: written.length > 0 ? `written before it: ${written.join(', ')}` : error.hint, details: { failed: change.name, written },
      });
    }
    written.push(change.name);
  }
}

async function apply({ environment, secrets }: ConfigureSecretsInput, { name, id, deeds, value }: SecretChange, keyArn: string): Promise<void> {
  const { description } = environment.secrets[name]!;
  if (value && deeds.includes('create')) return secrets.create({ id, description, keyArn, tags: lakeTags(environment), value });
  if (deeds.includes('restore')) await secrets.restore(id);
  const change = { ...(value && { value }), ...(deeds.includes('re-key') && { keyArn }), ...(deeds.includes('description') && { description }) };
  if (Object.keys(change).length > 0) await secrets.update(id, change);
  if (deeds.includes('tags')) await secrets.tag(id, lakeTags(environment));
}
