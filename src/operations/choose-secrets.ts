// From the flags of configure-secrets to where each value comes from. A word that may be a value in the wrong place is
// never repeated in a message.
import { closest, distance } from 'fastest-levenshtein';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';

export type SecretSource = { readonly from: 'person' } | { readonly from: 'stdin' } | { readonly from: 'file'; readonly path: string };

export interface ChosenSecret {
  readonly name: string;
  readonly source: SecretSource;
  /** No value is no answer: it is to be rotated. */
  readonly required: boolean;
}

export interface SecretFlags {
  readonly check: boolean;
  readonly rotate: string | undefined;
  readonly fromStdin: readonly string[];
  /** `NAME=PATH` each. */
  readonly fromFile: readonly string[];
  /** Words on the command line that belong to no flag. */
  readonly rest: readonly string[];
}

const NOT_IN_ARGV = 'a value never belongs on a command line, where others can read it: leave it out to be asked, or use --from-stdin NAME or --from-file NAME=PATH';

/**
 * Which secrets are set, and from where. With an input named, only the secrets that are named; without, a person is
 * asked for each that dlp.yaml declares, or for the one to rotate.
 * @throws FLAG_INVALID, SECRET_UNKNOWN
 */
export function chooseSecrets(environment: Environment, flags: SecretFlags): readonly ChosenSecret[] {
  refuseRest(flags.rest);
  const files = flags.fromFile.map(parseFile);
  const inputs = [...flags.fromStdin.map((name) => ({ name, source: { from: 'stdin' } as const })), ...files];
  if (flags.check) {
    if (inputs.length > 0 || flags.rotate !== undefined) throw new DlpError('FLAG_INVALID', '--check only looks: it goes with no flag that sets a value');
    return [];
  }
  for (const name of [...inputs.map((input) => input.name), ...(flags.rotate === undefined ? [] : [flags.rotate])]) requireDeclared(environment, name);
  if (flags.fromStdin.length > 1) throw new DlpError('FLAG_INVALID', `--from-stdin is given ${flags.fromStdin.length} times`, { hint: 'standard input holds one value: give the others by --from-file NAME=PATH' });
  const twice = inputs.find(({ name }, i) => inputs.findIndex((other) => other.name === name) !== i);
  if (twice) throw new DlpError('FLAG_INVALID', `two values are given for ${twice.name}`);
  if (flags.rotate !== undefined) {
    const other = inputs.find(({ name }) => name !== flags.rotate);
    if (other) throw new DlpError('FLAG_INVALID', `--rotate ${flags.rotate} sets that secret only, and a value is given for ${other.name}`);
    return [{ source: { from: 'person' }, ...inputs[0], name: flags.rotate, required: true }];
  }
  if (inputs.length > 0) return inputs.map((input) => ({ ...input, required: true }));
  return Object.keys(environment.secrets).map((name) => ({ name, source: { from: 'person' }, required: false }));
}

function refuseRest(rest: readonly string[]): void {
  if (rest.length === 0) return;
  throw new DlpError('FLAG_INVALID', `configure-secrets takes no arguments, and ${rest.length === 1 ? 'one is' : `${rest.length} are`} given`, { hint: NOT_IN_ARGV });
}

function parseFile(text: string): { name: string; source: SecretSource } {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new DlpError('FLAG_INVALID', '--from-file wants NAME=PATH', { hint: NOT_IN_ARGV });
  return { name: text.slice(0, at), source: { from: 'file', path: text.slice(at + 1) } };
}

function requireDeclared({ name: environment, secrets }: Environment, name: string): void {
  const declared = Object.keys(secrets);
  if (declared.includes(name)) return;
  if (declared.length === 0) throw new DlpError('SECRET_UNKNOWN', `dlp.yaml declares no secrets in ${environment}`, { hint: `declare them under environments.${environment}.secrets` });
  const near = closest(name, declared);
  const alike = distance(name, near) <= Math.max(2, near.length / 3);
  throw new DlpError('SECRET_UNKNOWN', `dlp.yaml declares no secret ${alike ? `"${name}"` : 'of that name'} in ${environment}`, {
    hint: `${alike ? `did you mean ${near}? ` : ''}declared: ${declared.join(', ')}`,
  });
}
