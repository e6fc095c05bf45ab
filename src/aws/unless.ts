// Some of AWS's errors are answers: there is no such thing. By name, never by text.

/** What was read; undefined when AWS refused with an error of one of these names. CloudFormation has none of its own for "no such stack": `ValidationError`. */
export async function unless<T>(names: readonly string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (names.includes((error as Error).name)) return undefined;
    throw error;
  }
}
