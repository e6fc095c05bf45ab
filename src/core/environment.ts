// What dlp.yaml means: one environment's settings, their limits and defaults. The JSON schema for editors, the
// reference page and every error text come from here. Knows nothing of AWS clients, the CDK or the terminal.
import * as z from 'zod';
import { DlpError } from './errors.js';

export const ENVIRONMENT_NAMES = ['local', 'dev', 'test', 'prod'] as const;
export type EnvironmentName = (typeof ENVIRONMENT_NAMES)[number];

/** Retentions that CloudWatch Logs accepts, in days. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

export const INTERFACE_ENDPOINTS = [
  'athena', 'events', 'glue', 'kms', 'lambda', 'logs', 'monitoring', 'secretsmanager', 'sns', 'sqs', 'ssm', 'states', 'sts', 'xray',
] as const;

const days = z.int().min(1).max(3650);
const tags = z.record(
  z.string().regex(/^(?!aws:)[\p{L}\p{N}\s_.:/=+\-@]{1,128}$/u, 'a tag key has 1 to 128 letters, digits, spaces or _.:/=+-@ and does not begin with aws:'),
  z.string().max(256),
);

const network = z.strictObject({
  cidr: z.cidrv4().default('10.20.0.0/16').describe('address range of the VPC; /16 to /22'),
  zones: z.int().min(2).max(3).default(2).describe('availability zones'),
  natGateways: z.int().min(0).max(3).default(0).describe('0: private subnets reach AWS through endpoints only'),
  endpoints: z.array(z.enum(INTERFACE_ENDPOINTS)).default(['glue', 'kms', 'logs', 'secretsmanager', 'sns', 'ssm', 'states', 'sts'])
    .describe('interface endpoints; the S3 and DynamoDB gateway endpoints are always there'),
  flowLogs: z.boolean().default(true),
});

const martShared = {
  database: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/).default('lake').describe('name of the PostgreSQL database'),
  version: z.string().regex(/^\d{2}(\.\d{1,2})?$/).default('17').describe('PostgreSQL version'),
  backupDays: z.int().min(1).max(35).default(7),
  deletionProtection: z.boolean().default(true),
};
const mart = z.discriminatedUnion('engine', [
  z.strictObject({
    engine: z.literal('postgres').describe('one PostgreSQL instance'),
    ...martShared,
    instanceClass: z.string().regex(/^[a-z0-9]+\.[a-z0-9]+$/).default('t4g.small').describe('RDS instance class without "db."'),
    storageGiB: z.int().min(20).max(65_536).default(50),
    maxStorageGiB: z.int().min(20).max(65_536).default(200).describe('storage grows on its own up to this'),
    multiAz: z.boolean().default(false),
  }),
  z.strictObject({
    engine: z.literal('aurora').describe('Aurora PostgreSQL Serverless v2'),
    ...martShared,
    minAcu: z.number().min(0).max(256).multipleOf(0.5).default(0.5),
    maxAcu: z.number().min(1).max(256).multipleOf(0.5).default(4),
    readers: z.int().min(0).max(5).default(0),
  }),
]);

const retention = z.strictObject({
  landingDays: days.default(365).describe('a landed file is deleted after this many days'),
  noncurrentDays: days.default(30).describe('an overwritten or deleted object version is kept this long'),
  accessLogDays: days.default(365).describe('objects in the log bucket'),
  logGroupDays: z.literal(LOG_DAYS).default(90).describe('CloudWatch log groups'),
  removal: z.enum(['retain', 'destroy']).default('retain').describe('what becomes of data when its stack is deleted'),
});

const alarms = z.strictObject({
  emails: z.array(z.email()).default([]).describe('who is told of failures'),
  failedRuns: z.int().min(1).max(100).default(1).describe('failed runs of one job within an hour'),
  martFreeStorageGiB: z.int().min(1).default(5),
  martCpuPercent: z.int().min(1).max(100).default(80),
});

const secret = z.strictObject({
  description: z.string().min(1).max(2048),
  maxAgeDays: days.default(90).describe('`dlp configure-secrets --check` calls it old after this'),
});

const localCloud = z.strictObject({
  port: z.int().min(1024).max(65_535).default(4566).describe('the emulator, on 127.0.0.1'),
  postgresPort: z.int().min(1024).max(65_535).default(5466).describe('PostgreSQL, on 127.0.0.1'),
  state: z.string().min(1).default('.dlp/local').describe('directory, relative to dlp.yaml'),
  sparkMemory: z.string().regex(/^\d+[mg]$/).default('1g').describe('heap of the Spark driver'),
});

const accountId = z.string().regex(/^\d{12}$/, 'an AWS account id has 12 digits; put it in quotes');

const bootstrap = z.strictObject({
  qualifier: z.string().regex(/^[a-z0-9]{1,10}$/, '1 to 10 lower case letters and digits').default('hnb659fds')
    .describe('part of the name of everything that the bootstrap makes; a second one lets two bootstraps live in one account and Region'),
  stackName: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/).default('CDKToolkit').describe('CloudFormation stack of the bootstrap'),
  kms: z.union([
    z.enum(['customer', 'aws-managed']),
    z.string().regex(/^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/)?(mrk-)?[0-9a-f-]{32,36}$/, 'customer, aws-managed, or the id or ARN of an existing key'),
  ]).default('customer').describe('key of the bucket for templates and assets: a new one of its own, the one that AWS manages, or an existing key'),
  trust: z.array(accountId).default([]).describe('accounts that may deploy here'),
  trustForLookup: z.array(accountId).default([]).describe('accounts that may look up values here'),
  executionPolicies: z.array(z.string().regex(/^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/.+$/, 'the ARN of a managed policy')).max(10).default([])
    .describe('what CloudFormation may do here; empty: AdministratorAccess at first, later what the account has, or `dlp bootstrap --policy least`'),
  permissionsBoundary: z.string().regex(/^[\w+=,.@/-]{1,128}$/).optional().describe('name of the policy that bounds the role with which CloudFormation works'),
  publicAccessBlock: z.boolean().default(true).describe('no object of the bucket can be made public'),
  terminationProtection: z.boolean().optional().describe('of the stack of the bootstrap; as `protect` says when left out'),
});

export const environmentSchema = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'an AWS account id has 12 digits; put it in quotes'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as eu-west-2'),
  profile: z.string().min(1).optional().describe('profile of the AWS configuration, SSO or other'),
  sso: z.strictObject({
    startUrl: z.url(), region: z.string(), role: z.string().describe('permission set'),
  }).optional().describe('where to sign in when there is no profile'),
  branch: z.string().min(1).optional().describe('Git branch that is deployed here'),
  protect: z.boolean().default(false).describe('termination protection on every stack'),
  bootstrap: bootstrap.prefault({}).describe('what `dlp bootstrap` makes in the account'),
  network: network.prefault({}),
  mart: mart.prefault({ engine: 'postgres' }),
  retention: retention.prefault({}),
  alarms: alarms.prefault({}),
  athena: z.strictObject({ scanLimitGiB: z.int().min(1).max(10_240).default(10).describe('a query that scans more is cancelled') }).prefault({}),
  github: z.strictObject({
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name').describe('may assume the deployer role by OIDC'),
    createProvider: z.boolean().default(true).describe('false: the account has the GitHub OIDC provider already'),
  }).optional(),
  secrets: z.record(z.string().regex(/^[a-zA-Z][\w-]{0,63}$/), secret).default({}),
  tags: tags.default({}),
});

/** The environment named local lives on this machine, and no other does. */
export const localEnvironmentSchema = environmentSchema.extend({ local: localCloud.prefault({}).describe('only in the environment named local') });

export const configSchema = z.strictObject({
  version: z.literal(1),
  project: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/).describe('used in tags'),
  environments: z.strictObject({
    local: localEnvironmentSchema.optional(), dev: environmentSchema.optional(),
    test: environmentSchema.optional(), prod: environmentSchema.optional(),
  }),
});
export type Config = z.infer<typeof configSchema>;

/** One environment, checked and complete: the only thing that travels downstream. */
export interface Environment extends Readonly<z.infer<typeof environmentSchema>> {
  /** Undefined in every environment but local. */
  readonly local?: z.infer<typeof localCloud>;
  readonly name: EnvironmentName;
  /** `Dev`: the stage's id and the prefix of stack names. */
  readonly title: string;
  readonly project: string;
  /** True when --profile named the profile: it then counts whatever else is set. */
  readonly profileGiven?: boolean;
}

/** The title of an environment: `dev` → `Dev`. */
export function environmentTitle(name: EnvironmentName): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

export function toEnvironment(config: Config, name: EnvironmentName): Environment | undefined {
  const settings = config.environments[name];
  return settings && { ...settings, name, title: environmentTitle(name), project: config.project };
}

/**
 * The environment, reached with another profile than dlp.yaml names.
 * @throws FLAG_INVALID for the local cloud, which has no profiles
 */
export function withProfile(environment: Environment, profile: string | undefined): Environment {
  if (profile === undefined) return environment;
  if (environment.local) throw new DlpError('FLAG_INVALID', `--profile "${profile}" has no meaning in ${environment.name}`, { hint: 'the local cloud has credentials of its own: leave --profile out' });
  return { ...environment, profile, profileGiven: true };
}
