// What every command has in common: flags shared by all, rendering of events and results, one JSON document, exit codes.
import { Args, Command, Flags } from '@oclif/core';
import { DlpError } from '../core/errors.js';
import { toDlpError } from '../core/known-errors.js';
import type { LakeEvent } from '../core/events.js';
import { openContext, type EnvironmentChoice, type LakeContext } from './context.js';
import { canAsk } from './prompt.js';
import { createRenderer, type Renderer } from './renderer.js';

export abstract class LakeCommand<Result extends object> extends Command {
  static override enableJsonFlag = true;

  private readonly warnings: string[] = [];
  private renderer: Renderer | undefined;

  /** Does the work and returns a JSON-safe object. */
  protected abstract execute(): Promise<Result>;
  /** The same object, for people. */
  protected abstract render(result: Result): string;

  /** 0, unless the command's answer is itself bad news: what was asked for was done, and is in the result. */
  protected exitCodeOf(_result: Result): number {
    return 0;
  }

  /** Hands an operation's events to the screen. */
  protected readonly emit = (event: LakeEvent): void => {
    if (event.type === 'warning') this.warnings.push(event.text);
    this.renderer ??= createRenderer({ json: this.jsonEnabled(), stream: process.stderr });
    this.renderer.show(event);
  };

  /** The environment that the flags name, and everything that an operation may need of it. */
  protected open(choice: EnvironmentChoice): Promise<LakeContext> {
    return openContext(choice, { present: this.canAsk, emit: this.emit });
  }

  /** Whether a person is at a terminal and reads what dlp says. */
  protected get canAsk(): boolean {
    return canAsk() && !this.jsonEnabled();
  }

  /** Text for people before anything is done, such as a plan; returns when it is on the screen, so that a question may follow. */
  protected readonly show = async (text: string): Promise<void> => {
    this.emit({ type: 'plan', lines: text.split('\n') });
    await this.renderer?.close();
    this.renderer = undefined;
  };

  async run(): Promise<Result> {
    let result: Result;
    try {
      result = await this.execute();
    } finally {
      await this.renderer?.close();
    }
    const text = this.render(result);
    if (text !== '') this.log(text);
    const exitCode = this.exitCodeOf(result);
    if (exitCode !== 0) process.exitCode = exitCode;
    return result;
  }

  protected override async catch(thrown: Error): Promise<void> {
    // Help and version end by an exit of oclif's own, which is no error.
    if ((thrown as { code?: string }).code === 'EEXIT') throw thrown;
    const error = toDlpError(thrown);
    process.exitCode = error.exitCode;
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error));
    else this.printError(error);
    // What was left behind still polls: the process would not end by itself.
    if (error.kind === 'interrupted') this.exit(error.exitCode);
  }

  private printError(error: DlpError): void {
    process.stderr.write(`error: ${error.message} [${error.code}]\n`);
    if (error.hint) process.stderr.write(`hint:  ${error.hint}\n`);
    if (error.kind === 'bug') process.stderr.write(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
  }

  protected override toSuccessJson(result: unknown): unknown {
    return { ok: this.exitCodeOf(result as Result) === 0, result, warnings: this.warnings };
  }

  protected override toErrorJson(thrown: unknown): unknown {
    const { code, kind, message, hint, details } = thrown instanceof DlpError ? thrown : toDlpError(thrown);
    return { ok: false, error: { code, kind, message, hint, details }, warnings: this.warnings };
  }
}

/** On every command that touches an environment. */
export const environmentFlags = {
  env: Flags.string({ char: 'e', summary: 'environment of dlp.yaml: local, dev, test or prod', env: 'DLP_ENV', required: true, helpValue: '<name>' }),
  profile: Flags.string({ summary: 'AWS profile, instead of the one in dlp.yaml; its account must still be the environment\'s', env: 'DLP_PROFILE', helpValue: '<name>' }),
};

/** On every command that takes stacks; more than one may be given (`strict = false`). */
export const stackArguments = { stack: Args.string({ description: 'stack id, CloudFormation name or short name; * and ? match; all when left out' }) };
