// Reads the AWS configuration: both files, as the AWS SDK does. Decides nothing.
import { getHomeDir, loadSsoSessionData, parseKnownFiles } from '@smithy/shared-ini-file-loader';
import path from 'node:path';
import type { AwsConfig, Variables } from '../../core/credentials.js';

export async function readAwsConfig(variables: Variables): Promise<AwsConfig> {
  const [merged, sessions] = await Promise.all([parseKnownFiles({}), loadSsoSessionData()]);
  // The loader lists the other kinds of sections beside the profiles.
  const profiles = Object.fromEntries(Object.entries(merged).filter(([name]) => !/^(sso-session|services)\./.test(name)));
  return { profiles, sessions, file: variables['AWS_CONFIG_FILE'] ?? path.join(getHomeDir(), '.aws', 'config') };
}
