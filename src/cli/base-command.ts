// What every command has in common: flags shared by all, rendering of events and results, one JSON document, exit codes.
import { Command, Flags } from '@oclif/core';
import { DlpError } from '../core/errors.js';
import { toDlpError } from '../core/known-errors.js';
import type { LakeEvent } from '../core/events.js';
import { openContext, type EnvironmentChoice, type LakeContext } from './context.js';
import { createRenderer, type Renderer } from './renderer.js';

export abstract class LakeCommand<Result extends object> extends Command {
  static override enableJsonFlag = true;

  private readonly warnings: string[] = [];
  private renderer: Renderer | undefined;

  /** Does the work and returns a JSON-safe object. */
  protected abstract execute(): Promise<Result>;
  /** The same object, for people. */
  protected abstract render(result: Result): string;

  /** Hands an operation's events to the screen. */
  protected readonly emit = (event: LakeEvent): void => {
    if (event.type === 'warning') this.warnings.push(event.text);
    this.renderer ??= createRenderer({ json: this.jsonEnabled(), stream: process.stderr });
    this.renderer.show(event);
  };

  /** Something that people must have read before they go on, such as a plan before its question: on stderr, after all progress. */
  protected async say(text: string): Promise<void> {
    await this.renderer?.close();
    this.renderer = undefined;
    if (!this.jsonEnabled()) process.stderr.write(`${text}\n`);
  }

  /** The environment that the flags name, and everything that an operation may need of it. */
  protected open(choice: EnvironmentChoice): Promise<LakeContext> {
    return openContext(choice);
  }

  async run(): Promise<Result> {
    let result: Result;
    try {
      result = await this.execute();
    } finally {
      await this.renderer?.close();
    }
    const text = this.render(result);
    if (text !== '') this.log(text);
    return result;
  }

  protected override async catch(thrown: Error): Promise<void> {
    // Help and version end by an exit of oclif's own, which is no error.
    if ((thrown as { code?: string }).code === 'EEXIT') throw thrown;
    const error = toDlpError(thrown);
    process.exitCode = error.exitCode;
    if (this.jsonEnabled()) {
      this.logJson(this.toErrorJson(error));
      return;
    }
    process.stderr.write(`error: ${error.message} [${error.code}]\n`);
    if (error.hint) process.stderr.write(`hint:  ${error.hint}\n`);
    if (error.kind === 'bug') process.stderr.write(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
  }

  protected override toSuccessJson(result: unknown): unknown {
    return { ok: true, result, warnings: this.warnings };
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
