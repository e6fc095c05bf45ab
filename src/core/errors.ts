// Every way dlp can refuse or fail: one class, one table. The exit code follows from the kind; the reference page and
// the help are generated from the table. Messages are lower case, hold the wrong value, and the hint says what to do.

export const EXIT_CODES = { failed: 1, user: 2, aws: 3, aborted: 4, bug: 70, interrupted: 130 } as const;
export type ErrorKind = keyof typeof EXIT_CODES;

interface ErrorRow {
  readonly kind: ErrorKind;
  /** What the code means, for the reference page. */
  readonly about: string;
  readonly hint?: string;
}

export const ERRORS = {
  ABORTED: { kind: 'aborted', about: 'a person said no' },
  ACCESS_DENIED: { kind: 'aws', about: 'AWS refused the caller', hint: 'ask for the permission that is named, or use another profile' },
  APPROVAL_NEEDED: { kind: 'aborted', about: 'a question could not be asked and no flag answered it' },
  AWS_BUSY: { kind: 'aws', about: 'AWS was too busy to answer, several times in a row', hint: 'try again in a while' },
  AWS_ERROR: { kind: 'aws', about: 'an AWS service answered with an error' },
  BOOTSTRAP_INCOMPLETE: { kind: 'failed', about: 'an account is not ready for deployments after the bootstrap', hint: 'every check that failed is named above; repair what it names, then run `dlp bootstrap` again' },
  CLOUD_UNREACHABLE: { kind: 'aws', about: 'the endpoint does not answer' },
  CONFIG_INVALID: { kind: 'user', about: 'dlp.yaml or job.yaml has a mistake', hint: 'every line above names the file, the line, the value and what is allowed' },
  CONFIG_NOT_FOUND: { kind: 'user', about: 'there is no dlp.yaml here or in any directory above', hint: 'go into a workspace, or make one with `dlp init`' },
  CREDENTIALS_MISSING: { kind: 'aws', about: 'no valid AWS credentials', hint: 'sign in with `dlp login --env …`, or set the AWS_* variables; `dlp login --status` shows what is used' },
  DEPLOY_FAILED: { kind: 'failed', about: 'a stack could not be deployed' },
  DESTROY_FAILED: { kind: 'failed', about: 'a stack could not be deleted', hint: 'a bucket that holds anything stays, as on AWS; `dlp local reset` deletes all that the local cloud holds' },
  DIFFERENCES_FOUND: { kind: 'failed', about: 'what is deployed differs from the code, and --fail was given' },
  DIRECTORY_NOT_EMPTY: { kind: 'user', about: 'a directory that would be written to holds something', hint: 'give an empty directory' },
  ENVIRONMENT_UNKNOWN: { kind: 'user', about: 'the environment is not in dlp.yaml' },
  DEPLOY_LOCKED: { kind: 'user', about: 'somebody else deploys to the environment', hint: 'wait for it; --break-lock takes the lock over when its owner is gone' },
  FILE_MISSING: { kind: 'user', about: 'a file named by a flag does not exist' },
  FLAG_INVALID: { kind: 'user', about: 'a flag or argument is missing, unknown or has a wrong value', hint: 'see --help' },
  GIT_REFUSED: { kind: 'user', about: 'production is deployed from its branch and a clean tree only', hint: 'commit and switch, or override with --force-git, which is recorded' },
  INTERRUPTED: { kind: 'interrupted', about: 'a person pressed Ctrl-C' },
  JOB_EXISTS: { kind: 'user', about: 'a job of that name exists' },
  JOB_NAME_INVALID: { kind: 'user', about: 'the name cannot be a job', hint: 'use 2 to 40 lower case letters, digits and _, beginning with a letter' },
  JOB_UNKNOWN: { kind: 'user', about: 'the workspace or the environment has no such job', hint: '`dlp etl list` shows the jobs' },
  LAKE_NOT_DEPLOYED: { kind: 'user', about: 'the environment has no lake yet', hint: 'run `dlp deploy` first' },
  LOCAL_CLOUD_DOWN: { kind: 'user', about: 'the local cloud is not running', hint: 'run `dlp local up`' },
  LOCAL_CLOUD_FAILED: { kind: 'failed', about: 'a part of the local cloud did not start or stop', hint: '`dlp local logs` shows why' },
  LOCAL_ONLY: { kind: 'user', about: 'the command works on the environment local only' },
  LOGIN_FAILED: { kind: 'aws', about: 'a person could not be signed in', hint: 'try again; `--device` signs in with a code, on any device' },
  LOGIN_NEEDED: { kind: 'aws', about: 'the SSO token is missing or has expired, and nobody can be asked here', hint: 'run `dlp login --env …` on a terminal' },
  NODE_TOO_OLD: { kind: 'user', about: 'Node is older than 22.13' },
  NOT_BOOTSTRAPPED: { kind: 'user', about: 'the account has no CDK bootstrap', hint: 'run `dlp bootstrap` first' },
  PLAN_STALE: { kind: 'user', about: 'the account or the code has changed since the plan was made', hint: 'make a new plan; nothing was written' },
  PLAN_INVALID: { kind: 'user', about: 'the file is no plan of this version of dlp', hint: 'make one with `dlp deploy --plan-only --save-plan FILE`' },
  POLICY_TYPE_UNKNOWN: { kind: 'user', about: 'no execution policy can be made: nobody has said what a type of resource needs', hint: 'add a row to src/core/execution-actions.ts, or bootstrap without `--policy least`' },
  PORT_IN_USE: { kind: 'user', about: 'a port of the local cloud is taken', hint: 'stop what listens there, or set another port under environments.local.local in dlp.yaml' },
  PREREQUISITE_MISSING: { kind: 'user', about: 'Java 17, Python 3.11 or an installed part is missing', hint: 'run `npm run setup` in the directory of dlp' },
  ROLE_REFUSED: { kind: 'aws', about: "a role of the account's bootstrap cannot be assumed", hint: 'bootstrap the account, or ask for the right to assume it; --allow-caller-role deploys with the rights of the caller instead' },
  PROFILE_INVALID: { kind: 'aws', about: 'a profile of the AWS configuration is incomplete or contradicts itself', hint: 'correct it, or use another with --profile' },
  QUERY_FAILED: { kind: 'failed', about: 'a query was refused or failed' },
  RUN_FAILED: { kind: 'failed', about: 'a job ran and did not succeed' },
  RUN_UNKNOWN: { kind: 'user', about: 'the ledger has no such run', hint: '`dlp etl runs` shows the runs' },
  RUN_TIMEOUT: { kind: 'failed', about: 'a run did not end in the time that was given' },
  STACK_STUCK: { kind: 'failed', about: 'a stack is in a state from which it cannot be deployed' },
  SECRET_INVALID: { kind: 'user', about: 'a value cannot be a secret: it is empty, too long, or no text' },
  SECRET_UNKNOWN: { kind: 'user', about: 'dlp.yaml declares no such secret' },
  STACK_UNKNOWN: { kind: 'user', about: 'no stack matches', hint: '`dlp ls` shows the stacks' },
  TESTS_FAILED: { kind: 'failed', about: 'the tests of a job failed' },
  SYNTH_FAILED: { kind: 'user', about: 'the templates could not be made' },
  UNEXPECTED: { kind: 'bug', about: 'a mistake in dlp', hint: 'please report it with the lines below' },
  WRONG_ACCOUNT: { kind: 'user', about: 'the credentials belong to another account', hint: 'use the profile of the environment; nothing was written' },
} as const satisfies Record<string, ErrorRow>;
export type ErrorCode = keyof typeof ERRORS;

export interface ErrorOptions {
  readonly cause?: unknown;
  readonly hint?: string;
  /** JSON-safe facts for `--json`; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class DlpError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly exitCode: number;
  /** oclif reads its exit code here. */
  readonly oclif: { readonly exit: number };

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const row: ErrorRow = ERRORS[code];
    this.name = 'DlpError';
    this.code = code;
    this.kind = row.kind;
    this.hint = options.hint ?? row.hint;
    this.details = options.details;
    this.exitCode = EXIT_CODES[row.kind];
    this.oclif = { exit: this.exitCode };
  }
}
