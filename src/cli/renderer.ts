// Shows an operation's events on stderr: live tasks on a terminal, one line per event elsewhere, nothing under --json.
import { Listr, ListrLogger, ListrTaskState, ProcessOutput, type ListrTaskWrapper } from 'listr2';
import type { LakeEvent, Step } from '../core/events.js';

export interface Renderer {
  show(event: LakeEvent): void;
  /** Waits until everything shown is on the screen. */
  close(): Promise<void>;
}

export interface RendererOptions { readonly json: boolean; readonly stream: NodeJS.WriteStream }

const MIN_COLUMNS = 40;

export function createRenderer({ json, stream }: RendererOptions): Renderer {
  if (json) return { show: (event) => { if (event.type === 'notice') stream.write(`${event.text}\n`); }, close: async () => undefined };
  // Some pseudo-terminals have no width: nothing can be drawn there.
  return stream.isTTY && stream.columns >= MIN_COLUMNS ? new LiveRenderer(stream) : new PlainRenderer(stream);
}

/** Time between two progress lines of one step: a log file wants a heartbeat, not every tick. */
const PLAIN_INTERVAL_MS = 5_000;

class PlainRenderer implements Renderer {
  private readonly titles = new Map<string, string>();
  private readonly since = new Map<string, number>();
  private readonly spoken = new Map<string, number>();
  private readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  show(event: LakeEvent): void {
    if (event.type === 'group') {
      for (const step of event.steps) {
        this.titles.set(step.id, step.title);
        this.since.set(step.id, Date.now());
        if (event.steps.length === 1) this.line(`… ${step.title}`);
      }
    } else if (event.type === 'progress') {
      const last = this.spoken.get(event.id) ?? this.since.get(event.id) ?? 0;
      if (Date.now() - last < PLAIN_INTERVAL_MS) return;
      this.spoken.set(event.id, Date.now());
      this.line(`… ${this.titles.get(event.id)}: ${event.text}`);
    } else if (event.type === 'ended') {
      this.line(`${MARK[event.outcome]} ${this.titles.get(event.id)}${event.text ? `: ${event.text}` : ''} (${seconds(this.since.get(event.id))})`);
    } else if (event.type === 'plan') {
      for (const line of event.lines) this.line(line);
    } else if (event.type === 'notice') {
      this.line(event.text);
    } else {
      this.line(`! ${event.text}`);
    }
  }

  async close(): Promise<void> {}

  private line(text: string): void {
    this.stream.write(`${text}\n`);
  }
}

const MARK = { done: '✔', skipped: '−', failed: '✖' } as const;

function seconds(since: number | undefined): string {
  return `${((Date.now() - (since ?? Date.now())) / 1000).toFixed(1)} s`;
}

const SHOW_CURSOR = '\u001B[?25h';

type Task = ListrTaskWrapper<unknown, never, never>;

interface Live {
  readonly title: string;
  readonly since: number;
  readonly settle: (failed: boolean) => void;
  task?: Task;
  end?: string;
}

class LiveRenderer implements Renderer {
  private readonly live = new Map<string, Live>();
  /** One group is drawn at a time: two lists at once would overwrite each other. */
  private drawn: Promise<unknown> = Promise.resolve();
  /** While it is on the screen. */
  private list: Listr | undefined;
  private readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    process.on('SIGINT', this.interrupted);
  }

  /** The list hides the cursor. Whoever else listens decides what Ctrl-C means; alone, it ends the process as it always does. */
  private readonly interrupted = (): void => {
    this.stream.write(SHOW_CURSOR);
    if (process.listenerCount('SIGINT') > 1) return;
    process.off('SIGINT', this.interrupted);
    process.kill(process.pid, 'SIGINT');
  };

  show(event: LakeEvent): void {
    if (event.type === 'group') this.group(event.steps);
    else if (event.type === 'progress') {
      const task = this.live.get(event.id)?.task;
      if (task) task.output = event.text;
    } else if (event.type === 'ended') {
      const step = this.live.get(event.id);
      if (!step) return;
      step.end = `${step.title}${event.text ? `: ${event.text}` : ''} (${seconds(step.since)})`;
      if (step.task) step.task.title = step.end;
      if (event.outcome === 'skipped') step.task?.skip(step.end);
      step.settle(event.outcome === 'failed');
    } else if (event.type !== 'plan' && this.list) {
      void this.addLine(this.list, event.text);
    } else {
      const lines = event.type === 'plan' ? event.lines : [`${event.type === 'notice' ? '' : '! '}${event.text}`];
      this.drawn = this.drawn.then(() => this.stream.write(lines.map((line) => `${line}\n`).join('')));
    }
  }

  async close(): Promise<void> {
    // A step that was never ended (a throw elsewhere) must not keep the screen waiting.
    for (const step of this.live.values()) step.settle(true);
    await this.drawn;
    process.off('SIGINT', this.interrupted);
  }

  private group(steps: readonly Step[]): void {
    const tasks = steps.map((step) => {
      let settle!: (failed: boolean) => void;
      const ended = new Promise<void>((resolve, reject) => { settle = (failed) => (failed ? reject(new Error()) : resolve()); });
      ended.catch(() => undefined);
      const live: Live = { title: step.title, since: Date.now(), settle };
      this.live.set(step.id, live);
      return {
        title: step.title,
        task: async (_: unknown, task: Task) => {
          live.task = task;
          await ended.finally(() => { if (live.end) task.title = live.end; });
        },
      };
    });
    this.drawn = this.drawn.then(() => this.draw(new Listr(tasks as never, {
      concurrent: true, exitOnError: false, forceTTY: true, registerSignalListeners: false,
      rendererOptions: {
        showErrorMessage: false, collapseErrors: false, collapseSkips: true,
        logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(this.stream, this.stream) }),
      },
    })));
  }

  private async draw(list: Listr): Promise<void> {
    this.list = list;
    await list.run().catch(() => undefined);
    this.list = undefined;
  }

  /** What cannot wait for the end of the list, such as that Ctrl-C was heard, becomes a line of it: one that never runs. */
  private async addLine(list: Listr, text: string): Promise<void> {
    list.add({ title: text, task: () => undefined });
    const line = list.tasks.at(-1)!;
    await line.check({});
    line.message$ = { skip: text };
    line.state$ = ListrTaskState.SKIPPED;
  }
}
