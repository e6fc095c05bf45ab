// What a Lambda function gets from its surroundings: environment variables in, log lines out. The only place in
// src/lambdas that reads process.env or writes to stdout.
import * as z from 'zod';

/** Reads and checks the variables of `schema`. Throws with the names of those that are missing or wrong, never with values. */
export function readEnvironment<T extends z.ZodType>(schema: T, variables: NodeJS.ProcessEnv = process.env): z.infer<T> {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Error(`environment variables are missing or wrong: ${wrong}`);
}

export type LogLevel = 'info' | 'warn' | 'error';

/** One JSON line for CloudWatch Logs. Callers pass facts, never a secret, a presigned URL or a user's SQL. */
export function log(level: LogLevel, message: string, facts: Readonly<Record<string, unknown>> = {}): void {
  // Lambda's JSON logging filters by these two names.
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level: level.toUpperCase(), message, ...facts })}\n`);
}

/** Makes a value at its first use and keeps it for the life of the container. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
