// Why a run failed, from what Step Functions caught: {Error, Cause}, where Cause is Glue's JobRun as JSON, a Lambda's
// error as JSON, or text. Pure.

export interface Failure {
  /** UPPER_SNAKE_CASE. */
  readonly code: string;
  readonly message: string;
  readonly glueRunId?: string;
}

/** Long enough for a stack trace's last lines, short enough for a row and a notification. */
const MESSAGE_LIMIT = 2_000;
/** What a job puts before its message (docs/contracts.md §4), alone at its head or behind Python's `SomeError: `. */
const JOB_CODE = /(?:^|[\s:])(EMPTY_FILE|NOT_TEXT|HEADER_MISMATCH|TOO_MANY_BAD_ROWS|SOURCE_MISSING|RECONCILIATION|INTERNAL)(?=[:\s]|$)/;

/** Never throws and always gives a message, whatever was caught. */
export function failureOf(caught: { readonly Error?: string | null; readonly Cause?: string | null } | null | undefined): Failure {
  const error = caught?.Error ?? '';
  const cause = jsonObject(caught?.Cause);
  if (cause && ('JobRunState' in cause || 'ErrorMessage' in cause)) return glueFailure(error, cause);
  if (cause && typeof cause['errorMessage'] === 'string') {
    // Errors of our own functions carry their class as the type; it says more than States.TaskFailed.
    return failure(codeFrom(text(cause['errorType']) ?? error), cause['errorMessage']);
  }
  return failure(codeFrom(error), caught?.Cause ?? '');
}

function glueFailure(error: string, run: Readonly<Record<string, unknown>>): Failure {
  const message = text(run['ErrorMessage']) ?? '';
  const state = text(run['JobRunState']);
  const glueRunId = text(run['Id']);
  const own = JOB_CODE.exec(message)?.[1];
  const code = own ?? (state === 'TIMEOUT' ? 'GLUE_TIMEOUT' : state === 'STOPPED' || state === 'STOPPING' ? 'GLUE_STOPPED' : state ? 'GLUE_FAILED' : codeFrom(error));
  return { ...failure(code, message || `the Glue run ended as ${state ?? 'unknown'}`), ...(glueRunId === undefined ? {} : { glueRunId }) };
}

function failure(code: string, message: string): Failure {
  const trimmed = message.trim() || `no cause was given (${code})`;
  return { code, message: trimmed.length <= MESSAGE_LIMIT ? trimmed : `${trimmed.slice(0, MESSAGE_LIMIT)}…` };
}

/** `Glue.ConcurrentRunsExceededException` → `CONCURRENT_RUNS_EXCEEDED`; nothing → `UNKNOWN`. */
export function codeFrom(name: string): string {
  const last = name.split('.').at(-1) ?? '';
  const code = last.replace(/(?<=.)(Exception|Error)$/, '').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  return code.replaceAll(/^_+|_+$/g, '') || 'UNKNOWN';
}

function jsonObject(value: string | null | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(value ?? '');
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
