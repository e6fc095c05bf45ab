// What `dlp status` knows of the environments: the picture, part by part, and the ports that it is read through. Every
// part is either there or says why it could not be read. Types only; core/judge-status.ts says what of it is wrong.
import type { Environment } from './environment.js';
import type { ErrorCode } from './errors.js';
import type { Comparison } from './compare-code.js';
import type { DeployRecord, LockHolder } from './deploy-records.js';
import type { JobFreshness } from './job-freshness.js';
import type { DeployedStacks, Functions, Identity, Templates } from './ports.js';
import type { SecretStore } from './secrets.js';
import type { StackState } from './stack-state.js';

/** Why a part could not be read: the rest of the picture is shown all the same. */
export interface Unread {
  readonly unread: 'no permission' | 'timed out' | 'failed';
  readonly code: ErrorCode;
  readonly message: string;
}
export type Part<T> = { readonly value: T } | Unread;

export function isRead<T>(part: Part<T> | null | undefined): part is { readonly value: T } {
  return part !== null && part !== undefined && 'value' in part;
}

/** May the environment be looked at, and as whom? Times are ISO 8601, UTC. */
export type Access =
  | { readonly state: 'signed in' | 'wrong account'; readonly account: string; readonly arn: string; /** null: does not expire, or is not known. */ readonly expiresAt: string | null }
  | { readonly state: 'not signed in' | 'not reachable' | 'unknown'; readonly code: ErrorCode; readonly message: string; readonly hint: string | null };

export interface StackEvent {
  readonly at: string;
  readonly resource: string;
  readonly type: string;
  /** As CloudFormation says it: `CREATE_IN_PROGRESS`. */
  readonly status: string;
  readonly reason: string | null;
}

export interface StackStatus {
  readonly name: string;
  /** `Vpc`. */
  readonly short: string;
  /** As CloudFormation says it. */
  readonly status: string;
  readonly state: StackState;
  readonly changedAt: string | null;
  /** Of a stack in progress: what CloudFormation did last. */
  readonly latest: StackEvent | null;
  /** Of a stack that failed or was rolled back: the first resource that failed. */
  readonly failure: StackEvent | null;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface DriftedResource {
  readonly resource: string;
  readonly type: string;
  readonly change: 'MODIFIED' | 'DELETED';
  /** Where, such as `/Properties/RetentionInDays`; never the values, which may be secret. */
  readonly properties: readonly string[];
}
export interface StackDrift {
  readonly name: string;
  readonly short: string;
  /** UNKNOWN: CloudFormation could not say, and `reason` holds why. */
  readonly drift: 'IN_SYNC' | 'DRIFTED' | 'UNKNOWN';
  readonly resources: readonly DriftedResource[];
  readonly reason: string | null;
}

export interface SecretStatus { readonly name: string; readonly state: 'set' | 'old' | 'missing' | 'deleting'; /** When the current value was set. */ readonly changedAt: string | null; readonly maxAgeDays: number }

export interface JobStatus extends JobFreshness {
  readonly job: string;
  readonly schedule: string | null;
}

export type MartStatus = { readonly reachable: true; readonly milliseconds: number } | { readonly reachable: false; readonly reason: string };

export interface OpenAlarm { readonly name: string; /** Without what CloudFormation put around it: `EtlOrders FailedRuns`. */ readonly short: string; readonly since: string | null; readonly description: string; readonly reason: string }

export interface Parts {
  readonly bootstrap: Part<{ /** null: the account is not bootstrapped. */ readonly version: number | null }>;
  /** Empty: the lake is not deployed. In the order of deployment. */
  readonly stacks: Part<readonly StackStatus[]>;
  /** null: not asked for (--drift). */
  readonly drift: Part<readonly StackDrift[]> | null;
  /** By CloudFormation name. null: not asked for (--compare). */
  readonly code: Part<Readonly<Record<string, Comparison>>> | null;
  readonly secrets: Part<readonly SecretStatus[]>;
  /** null: the API is not deployed. */
  readonly jobs: Part<readonly JobStatus[]> | null;
  /** null: the query function is not deployed. */
  readonly mart: Part<MartStatus> | null;
  readonly alarms: Part<readonly OpenAlarm[]>;
  /** `value` null: nobody deploys. */
  readonly lock: Part<LockHolder | null>;
  /** `value` null: dlp never deployed here. */
  readonly lastDeploy: Part<DeployRecord | null>;
}

export interface EnvironmentStatus {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly profile: string | null;
  /** Was it named by --env? Then it is a failure when it cannot be looked at. */
  readonly named: boolean;
  readonly access: Access;
  /** null when the environment may not be looked at: see `access`. */
  readonly parts: Parts | null;
}

export interface Problem {
  readonly environment: string;
  readonly code: 'WRONG_ACCOUNT' | 'BOOTSTRAP_MISSING' | 'STACK_FAILED' | 'STACK_STUCK' | 'DRIFT' | 'CODE_DIFFERS' | 'SECRET_MISSING' | 'SECRET_OLD'
    | 'RUN_FAILED' | 'RUN_OVERDUE' | 'MART_UNREACHABLE' | 'ALARM_OPEN' | 'LOCK_OLD' | 'DEPLOY_FAILED';
  /** The stack, job, secret or alarm. */
  readonly subject: string | null;
  readonly text: string;
}

export interface LakeStatus {
  /** When it was looked at. */
  readonly at: string;
  /** Nothing is wrong, and all that was asked for could be seen. */
  readonly healthy: boolean;
  readonly problems: readonly Problem[];
  readonly environments: readonly EnvironmentStatus[];
}

/** SSM parameters; undefined where there is none. */
export interface Parameters { get(name: string): Promise<string | undefined> }

export interface StackEvents {
  /** What the stack's newest operation did last, and which resource failed first. */
  lastOperation(stack: string): Promise<{ readonly latest: StackEvent | null; readonly failure: StackEvent | null }>;
}

export interface DriftDetection {
  /** Has CloudFormation compare a stack with what is there; takes seconds to minutes. */
  detect(stack: string): Promise<Pick<StackDrift, 'drift' | 'resources' | 'reason'>>;
}

export interface Alarms { /** Those in the state ALARM whose name begins so. */ open(prefix: string): Promise<readonly Omit<OpenAlarm, 'short'>[]> }

export interface StatusPorts {
  readonly identity: Identity;
  readonly credentials: { expiresAt(): Promise<string | null> };
  readonly stacks: Pick<DeployedStacks, 'list' | 'template'>;
  readonly functions: Functions;
  readonly parameters: Parameters;
  readonly events: StackEvents;
  readonly drift: DriftDetection;
  readonly alarms: Alarms;
  readonly secrets: Pick<SecretStore, 'describe' | 'list'>;
  /** Loads the CDK; called with --compare only. */
  code(): Promise<Pick<Templates, 'stacks'>>;
  /** Gives up what is still under way, so that a service that hangs does not keep the process alive. */
  close(): void;
}

export interface StatusTarget {
  readonly environment: Environment;
  readonly named: boolean;
  readonly ports: StatusPorts;
}
