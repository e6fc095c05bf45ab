// What a deployment needs from the outside besides the templates and the engine: types and ports.
import type { DeployRecord, LockHolder } from './deploy-records.js';
import type { Emit } from './events.js';
import type { StackSummary, StackOutcome } from './ports.js';
import type { TemplateDifference } from './plan.js';

/** Kept in the account itself, so that everybody who deploys sees the same. */
export interface DeployJournal {
  /** Takes the lock if nobody has it. Atomic. @returns the holder, when it is somebody else */
  claim(me: LockHolder): Promise<LockHolder | undefined>;
  /** Gives back the lock of this nonce; another's stays. */
  release(nonce: string): Promise<void>;
  holder(): Promise<LockHolder | undefined>;
  record(entry: DeployRecord): Promise<void>;
  last(): Promise<DeployRecord | undefined>;
}

/** The processes of this machine. */
export interface Processes {
  readonly host: string;
  readonly pid: number;
  /** When a process began, undefined when there is none of that number. */
  startOf(pid: number): string | undefined;
}

/** What the working directory's repository says; undefined outside of one. */
export interface Git { state(): Promise<GitState | undefined> }
export interface GitState {
  readonly commit: string;
  /** Null when no branch is checked out. */
  readonly branch: string | null;
  readonly clean: boolean;
}

/** Compares two templates; pure. */
export interface TemplateDiffer {
  /** @param before undefined: nothing is deployed @param paths construct path by logical id */
  compare(before: object | undefined, after: object, paths: Readonly<Record<string, string>>): TemplateDifference;
  /** The same for people, indented lines. */
  describe(before: object | undefined, after: object, paths: Readonly<Record<string, string>>): string;
  /** Equal for equal templates, whatever the order of their keys. */
  digest(value: unknown): string;
}

/** What CloudFormation can be told about a stack, apart from deploying it. */
export interface StackControl {
  /** Waits until nobody works on the stack any more. @param say gets what is being worked on @returns its status, undefined when it is gone */
  settled(name: string, say: (text: string) => void): Promise<string | undefined>;
  /** Asks to undo an update in progress. @returns false when there is none, or it can no longer be cancelled */
  cancelUpdate(name: string): Promise<boolean>;
  /** Lets a stack be deleted that holds nothing, because its creation failed. */
  liftProtection(name: string): Promise<void>;
  /** Why the last operation on the stack failed, resource by resource. */
  failures(name: string): Promise<readonly string[]>;
}

/** Ctrl-C, counted. */
export interface Interrupts {
  /** @returns a function that stops listening */
  listen(onInterrupt: (count: number) => void): () => void;
}

export interface EngineDeployOptions {
  readonly stacks: readonly StackSummary[];
  readonly emit: Emit;
  /** Stacks side by side. */
  readonly concurrency: number;
  /** Also stacks whose template has not changed. */
  readonly force?: boolean;
  /** With the caller's own rights where a role of the bootstrap cannot be assumed. */
  readonly callerRole?: boolean;
  /** Looked at before a stack is begun: true begins no more. */
  readonly stopped: () => boolean;
}

/** What the toolkit said: not the truth yet, see operations/deploy-lake.ts. */
export interface EngineReport {
  readonly outcomes: readonly StackOutcome[];
  /** Resource by resource, with construct path and source line. */
  readonly failures: readonly string[];
  /** Stacks whose end it did not tell, by CloudFormation name. */
  readonly unended: readonly { readonly name: string; readonly begun: boolean }[];
  /** What it threw, undefined when it ended well. */
  readonly error: unknown;
}
