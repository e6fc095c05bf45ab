// Reads YAML text against a schema, and says of each mistake the file, the line, the value and what is allowed.
import { LineCounter, parseDocument, isNode, type Document } from 'yaml';
import type * as z from 'zod';
import { DlpError } from './errors.js';

export interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document, such as `environments.dev.account`. */
  readonly path: string;
  readonly message: string;
}

/** Parses and checks; throws CONFIG_INVALID with every mistake found. `file` is only used in messages. */
export function readYaml<S extends z.ZodType>(text: string, file: string, schema: S): z.infer<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: true });
  const broken = document.errors.map((error): Mistake => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { file, line, column: col, path: '', message: error.message.split('\n')[0]!.replace(/ at line .*$/, '') };
  });
  if (broken.length > 0) throw invalid(broken);
  const result = schema.safeParse(document.toJS({ maxAliasCount: 1000 }) ?? {});
  if (result.success) return result.data;
  throw invalid(flatten(result.error.issues).map((issue) => toMistake(issue, document, lines, file)));
}

type Issue = z.core.$ZodIssue;

/** A union's own issue says only "invalid input": the branch that came furthest says what is wrong. */
function flatten(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): Issue[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0]!;
      return flatten(closest, path);
    }
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ ...issue, keys: [key], path: [...path, key] }));
    return [{ ...issue, path }];
  });
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => (issue.code === 'unrecognized_keys' ? 0 : issue.path.length)));
}

function toMistake(issue: Issue, document: Document, lines: LineCounter, file: string): Mistake {
  const { line, col } = lines.linePos(offsetOf(document, issue.path));
  const value = issue.path.length === 0 ? undefined : document.getIn(issue.path as unknown[]);
  return { file, line, column: col, path: issue.path.map(String).join('.'), message: describe(issue, isNode(value) ? value.toJS(document) : value) };
}

function describe(issue: Issue, value: unknown): string {
  const shown = value === undefined ? '' : `${JSON.stringify(value)}: `;
  if (issue.code === 'unrecognized_keys') return 'unknown setting';
  if (issue.code === 'invalid_value') return `${shown}allowed: ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_type' && value === undefined) return `missing: expected ${issue.expected}`;
  if (issue.code === 'invalid_type' && typeof value === 'number' && issue.expected === 'string') return `${shown}expected text; put it in quotes`;
  return shown + issue.message.replace(/^Invalid input: /, '').replace(/^Too (small|big): /, '').replace(/^Invalid discriminator value\. Expected /, 'allowed: ').replaceAll(' | ', ', ').replaceAll("'", '');
}

/** Offset of the deepest node of the path that exists: the place a person would look at. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1) as unknown[], true) as { items?: { key?: { value?: unknown; range?: number[] } }[] } | undefined;
    const key = parent?.items?.find((item) => item?.key?.value === path[length - 1])?.key;
    if (key?.range) return key.range[0]!;
    const node = document.getIn(path.slice(0, length) as unknown[], true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function invalid(mistakes: readonly Mistake[]): DlpError {
  const text = mistakes.map((m) => `${m.file}:${m.line}:${m.column}${m.path ? ` ${m.path}` : ''}: ${m.message}`).join('\n');
  return new DlpError('CONFIG_INVALID', text, { details: { mistakes } });
}
