// What an operation says while it works. Plain data: the terminal, plain lines or nothing (--json) are the renderer's choice.

export interface Step {
  readonly id: string;
  readonly title: string;
}

export type Outcome = 'done' | 'skipped' | 'failed';

export type LakeEvent =
  /** Steps that may run side by side; each is ended exactly once. */
  | { readonly type: 'group'; readonly steps: readonly Step[] }
  | { readonly type: 'progress'; readonly id: string; readonly text: string }
  | { readonly type: 'ended'; readonly id: string; readonly outcome: Outcome; readonly text?: string }
  /** What is about to be done, before it is; a line each. */
  | { readonly type: 'plan'; readonly lines: readonly string[] }
  | { readonly type: 'warning'; readonly text: string }
  /** What a person has to do now, or the command waits for nothing: shown even with --json, on stderr. */
  | { readonly type: 'notice'; readonly text: string };

export type Emit = (event: LakeEvent) => void;

export interface Ending { readonly text?: string; readonly outcome?: Outcome }

/** Runs one step between its two events; a throw ends it as failed and goes on upwards. */
export async function step<T>(emit: Emit, id: string, title: string, work: (say: (text: string) => void) => Promise<T>, ending: (result: T) => string | Ending = () => ({})): Promise<T> {
  emit({ type: 'group', steps: [{ id, title }] });
  try {
    const result = await work((text) => emit({ type: 'progress', id, text }));
    const end = ending(result);
    emit({ type: 'ended', id, outcome: 'done', ...(typeof end === 'string' ? { text: end } : end) });
    return result;
  } catch (error) {
    emit({ type: 'ended', id, outcome: 'failed' });
    throw error;
  }
}
