// What must be true of an account after the bootstrap, check by check; a failed one says what is missing. Pure.
import { bootstrapNames, DEPLOYING_ROLES, differences, onOff, PARAMETERS, shown, type BootstrapFacts, type BootstrapSettings, type BucketFacts } from './bootstrap.js';
import type { Environment } from './environment.js';

export interface BootstrapCheck { readonly check: string; readonly ok: boolean; readonly found: string }

export interface Inspection {
  readonly facts: BootstrapFacts;
  readonly bucket: BucketFacts | undefined;
  /** For each role of DEPLOYING_ROLES why it cannot be assumed; undefined when it can. */
  readonly roles: Readonly<Record<string, string | undefined>>;
}

/** Whether the account is what the settings say; every check, also those that hold. */
export function checkBootstrap(environment: Environment, settings: BootstrapSettings, offered: number, { facts: { stack, version }, bucket, roles }: Inspection): readonly BootstrapCheck[] {
  const names = bootstrapNames(environment);
  const differing = stack ? differences(stack, settings).map(({ name, from, to }) => `${PARAMETERS[name]}: ${shown(name, from)}, not ${shown(name, to)}`) : [];
  const ofAws = settings.kms.kind === 'aws-managed';
  const wanted = settings.kms.kind === 'existing' ? settings.kms.keyId : stack?.outputs['FileAssetKeyArn'];
  const encrypted = (key: string | undefined) => (ofAws ? key === undefined || key.includes('alias/aws/s3') : key !== undefined && keyIdOf(key) === keyIdOf(wanted));
  const withBucket = (check: string, holds: (facts: BucketFacts) => boolean, found: (facts: BucketFacts) => string): BootstrapCheck => ({ check, ok: bucket !== undefined && holds(bucket), found: bucket ? found(bucket) : 'no bucket' });
  return [
    { check: 'stack', ok: stack !== undefined && /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(stack.status), found: stack ? `${names.stack} is ${stack.status}` : `there is no stack ${names.stack}` },
    { check: 'settings', ok: stack !== undefined && differing.length === 0, found: stack ? differing.join('; ') || 'as in dlp.yaml' : 'no stack' },
    { check: 'termination protection', ok: stack?.terminationProtection === settings.terminationProtection, found: onOff(stack?.terminationProtection ?? false) },
    { check: 'version', ok: version !== undefined && version >= offered, found: version === undefined ? `there is no parameter ${names.versionParameter}` : version < offered ? `${version}, older than ${offered}` : String(version) },
    { check: 'bucket', ok: bucket !== undefined, found: bucket ? names.bucket : `no bucket ${names.bucket} of account ${environment.account} can be reached` },
    withBucket('encryption', ({ algorithm, key }) => algorithm === 'aws:kms' && encrypted(key), ({ algorithm, key }) => (
      `${algorithm ?? 'none'}${key ? ` ${key}` : ''}${algorithm === 'aws:kms' && encrypted(key) ? '' : `, not aws:kms with ${ofAws ? 'the key of AWS' : wanted ?? 'a key of its own'}`}`)),
    withBucket('public access', ({ publicAccessBlocked }) => publicAccessBlocked === settings.publicAccessBlock, ({ publicAccessBlocked }) => (publicAccessBlocked ? 'blocked' : 'not blocked')),
    withBucket('versions', ({ versioned }) => versioned, ({ versioned }) => (versioned ? 'kept' : 'not kept')),
    ...DEPLOYING_ROLES.map((role) => ({ check: `${role} role`, ok: roles[role] === undefined, found: roles[role] ? `${names.roles[role]} cannot be assumed: ${roles[role]}` : 'can be assumed' })),
  ];
}

const keyIdOf = (key: string | undefined) => key?.split('/').at(-1);
