// Asks a person, on a terminal only. Without one the command refuses and names the flag that answers.
import { DlpError } from '../core/errors.js';

/** False in pipelines and scripts. */
export function canAsk(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/** @throws APPROVAL_NEEDED */
export function needTerminal(question: string, flag: string): void {
  if (canAsk()) return;
  throw new DlpError('APPROVAL_NEEDED', `${question} nobody can be asked here`, { hint: `say it with ${flag}` });
}

/** @throws APPROVAL_NEEDED without a terminal, ABORTED on Ctrl-C */
export async function askYesNo(question: string, flag: string): Promise<boolean> {
  needTerminal(question, flag);
  return (await ask<{ answer: boolean }>({ type: 'confirm', name: 'answer', message: question, default: false })).answer;
}

export async function askText(question: string, flag: string): Promise<string> {
  needTerminal(question, flag);
  return (await ask<{ answer: string }>({ type: 'input', name: 'answer', message: question })).answer;
}

/** What is typed or pasted shows as stars. `check` says what is wrong with an answer, or true. */
export async function askHidden(question: string, flag: string, check: (answer: string) => true | string): Promise<string> {
  needTerminal(question, flag);
  return (await ask<{ answer: string }>({ type: 'password', name: 'answer', message: question, mask: '*', validate: check })).answer;
}

async function ask<T>(question: object): Promise<T> {
  const { default: inquirer } = await import('inquirer');
  try {
    return (await inquirer.createPromptModule({ output: process.stderr })([question] as never)) as T;
  } catch (cause) {
    if ((cause as Error).name === 'ExitPromptError') throw new DlpError('ABORTED', 'the question was left with Ctrl-C', { cause, hint: 'nothing was changed' });
    throw cause;
  }
}
