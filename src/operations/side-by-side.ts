// Does the same to several environments at once, each to its end: what goes wrong with one hides nothing of the others.
import { DlpError } from '../core/errors.js';
import { toDlpError } from '../core/known-errors.js';

/** What an error says of an environment that went well: a word for people, facts for `--json`. */
export interface WentWell { readonly text: string; readonly facts?: object }

/**
 * @param describe an environment that went well, for the error of the others
 * @throws the error itself when there is one environment; otherwise the first one's code, with a line for each environment
 */
export async function sideBySide<T extends { readonly environment: { readonly name: string } }, R>(all: readonly T[], work: (one: T) => Promise<R>, describe: (result: R) => WentWell = () => ({ text: 'ready' })): Promise<R[]> {
  const ends = await Promise.allSettled(all.map(work));
  const errors = ends.map((end) => (end.status === 'rejected' ? toDlpError(end.reason) : undefined));
  const first = errors.find((error) => error !== undefined);
  if (!first) return ends.map((end) => (end as PromiseFulfilledResult<R>).value);
  if (all.length === 1) throw first;
  const results = ends.map((end, i) => {
    const environment = all[i]!.environment.name;
    if (end.status === 'fulfilled') {
      const { text, facts } = describe(end.value);
      return { environment, text, facts: { environment, ...facts } };
    }
    const { code, kind, message, details } = errors[i]!;
    return { environment, text: message.includes('\n') ? `\n  ${message.replaceAll('\n', '\n  ')}` : message, facts: { environment, error: { code, kind, message, ...(details && { details }) } } };
  });
  throw new DlpError(first.code, results.map(({ environment, text }) => `${environment}:${text.startsWith('\n') ? '' : ' '}${text}`).join('\n'), {
    cause: first, ...(first.hint && { hint: first.hint }), details: { environments: results.map(({ facts }) => facts) },
  });
}
