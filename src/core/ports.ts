// What operations need from the outside, as interfaces. Adapters are in aws/ and local/; tests use fakes.
import type { EngineDeployOptions, EngineReport } from './deployment.js';
import type { Emit } from './events.js';

export interface Caller {
  readonly account: string;
  readonly arn: string;
  /** Which credentials were asked about, as a message goes on after "the credentials": `of profile "lake-dev"`. */
  readonly credentials?: string;
}

/** Who the credentials belong to. */
export interface Identity { caller(): Promise<Caller> }

export interface StackSummary {
  /** As the seed prints it: `Dev/DevDataLakeInfrastructureVpc`. */
  readonly id: string;
  readonly name: string;
  readonly dependencies: readonly string[];
}

export interface StackOutcome {
  readonly id: string;
  readonly name: string;
  readonly result: 'deployed' | 'unchanged' | 'deleted' | 'failed' | 'not reached';
  readonly outputs: Readonly<Record<string, string>>;
}

/** A stack as the code here would have it. */
export interface SynthesizedStack extends StackSummary {
  readonly template: Readonly<Record<string, unknown>>;
  /** Construct path within the stack, by logical id. */
  readonly paths: Readonly<Record<string, string>>;
  readonly terminationProtection: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** The templates of an environment; needs no AWS. */
export interface Templates {
  /** In the order of deployment. */
  list(): Promise<readonly StackSummary[]>;
  stacks(): Promise<readonly SynthesizedStack[]>;
  /** Writes `<CloudFormation name>.template.json` for each stack, or those of these names, in place of what an earlier time left; returns the file names. */
  synth(directory: string, names?: ReadonlySet<string>): Promise<readonly string[]>;
}

/** The CDK toolkit, driven in process. */
export interface Engine {
  /** Progress goes to the step `stepId`. */
  bootstrap(emit: Emit, stepId: string): Promise<'created' | 'unchanged'>;
  deploy(options: EngineDeployOptions): Promise<EngineReport>;
  destroy(stacks: readonly StackSummary[], emit: Emit): Promise<readonly StackOutcome[]>;
}

export interface DeployedStack {
  readonly name: string;
  readonly arn: string;
  /** As CloudFormation says it: `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly statusReason: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly terminationProtection: boolean;
}

/** What CloudFormation knows of the lake. Reads only. */
export interface DeployedStacks {
  /** Outputs of a stack, by its short name; undefined where there is no such stack. */
  outputs(shortName: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Every stack of the environment's lake, also those that the code no longer has. */
  list(): Promise<readonly DeployedStack[]>;
  /** The template that a stack was last given, parsed; undefined where there is no such stack. */
  template(name: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export interface Functions {
  /** Calls a Lambda and returns its answer; throws AWS_ERROR when the function itself failed. */
  invoke(functionName: string, payload: unknown): Promise<unknown>;
}

export interface Executions {
  /** The run that an execution of a job's state machine opened or found, once it is known; `ended` when nothing more will come. */
  runOf(executionArn: string): Promise<{ readonly ended: boolean; readonly run: string | undefined }>;
}

export interface Landing {
  /** Puts a file; returns its version. `bytes` counts what was sent so far. */
  put(bucket: string, key: string, file: string, onProgress?: (bytes: number) => void): Promise<{ versionId: string | undefined }>;
}

export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Numbers wider than a double are strings. */
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
}

/** Athena: SQL over the gold zone. */
export interface GoldQuery { query(sql: string, workGroup: string, database: string, maxRows: number): Promise<Table> }

export interface TestCounts { readonly passed: number; readonly failed: number; readonly passedAll: boolean; readonly output: readonly string[] }

/** A job's own tests, on this machine. */
export interface JobTests { run(folder: string, say: (line: string) => void): Promise<TestCounts> }
