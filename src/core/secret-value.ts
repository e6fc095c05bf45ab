// A secret on its way from a person to Secrets Manager: whatever prints, joins, logs or serializes it gets stars.
// The only place that holds its text; only an adapter that sends it on may call reveal().
import { DlpError } from './errors.js';

/** What Secrets Manager takes, in bytes of UTF-8. */
export const MAX_SECRET_BYTES = 65_536;

const LINE_END = '\r\n';
const MASK = '***';
/** So many characters in common are no chance. */
const RUN = 8;

export class SecretValue {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** @throws SECRET_INVALID when it is empty or too long; `name` is the secret's, for the message */
  static ofText(name: string, text: string): SecretValue {
    if (text.trim() === '') throw new DlpError('SECRET_INVALID', `the value for ${name} is empty`);
    if (new TextEncoder().encode(text).length > MAX_SECRET_BYTES) throw tooLong(name);
    return new SecretValue(text);
  }

  /** From a pipe or a file: one line end at its end is not part of it. @throws SECRET_INVALID also when it is no UTF-8 */
  static ofBytes(name: string, bytes: Uint8Array): SecretValue {
    if (bytes.length > MAX_SECRET_BYTES + LINE_END.length) throw tooLong(name);
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      // The cause would hold the bytes.
      throw new DlpError('SECRET_INVALID', `the value for ${name} is no UTF-8 text`, { hint: 'encode binary data, for example with base64' });
    }
    return SecretValue.ofText(name, text.replace(/\r?\n$/, ''));
  }

  reveal(): string {
    return this.#text;
  }

  /** Whether the text repeats the value, or a part of it long enough to be no chance. */
  appearsIn(text: string): boolean {
    if (this.#text.length < RUN) return text.includes(this.#text);
    for (let at = 0; at + RUN <= text.length; at += 1) if (this.#text.includes(text.slice(at, at + RUN))) return true;
    return false;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  /** What console.log and util.inspect show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }
}

function tooLong(name: string): DlpError {
  return new DlpError('SECRET_INVALID', `the value for ${name} is longer than the ${MAX_SECRET_BYTES.toLocaleString('en-GB')} bytes that Secrets Manager takes`);
}
