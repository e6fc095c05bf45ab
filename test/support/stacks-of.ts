// What is in an account of the emulator, by its CloudFormation and its parameters, asked directly: not through dlp, a proxy or a fault.
import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand, ListChangeSetsCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

export interface StackState {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export class Account {
  readonly id: string;
  private readonly client: CloudFormationClient;
  private readonly ssm: SSMClient;

  constructor(port: number, id: string) {
    this.id = id;
    const settings = { region: 'eu-west-2', endpoint: `http://127.0.0.1:${port}`, credentials: { accessKeyId: id, secretAccessKey: 'x' } };
    this.client = new CloudFormationClient(settings);
    this.ssm = new SSMClient(settings);
  }

  /** Every stack, by name. */
  async stacks(): Promise<Readonly<Record<string, StackState>>> {
    const { Stacks = [] } = await this.client.send(new DescribeStacksCommand({}));
    return Object.fromEntries(Stacks.map(({ StackName, StackStatus, Outputs = [] }) => [StackName, {
      status: StackStatus ?? '', outputs: Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
    }]));
  }

  async status(name: string): Promise<string | undefined> {
    return (await this.stacks())[name]?.status;
  }

  /** Change sets that wait for somebody; those that were executed are history. */
  async openChangeSets(name: string): Promise<readonly string[]> {
    const { Summaries = [] } = await this.client.send(new ListChangeSetsCommand({ StackName: name }));
    return Summaries.filter(({ ExecutionStatus }) => ExecutionStatus !== 'EXECUTE_COMPLETE').map((each) => `${each.ChangeSetName} ${each.ExecutionStatus}`);
  }

  /** `logical id: type status`, sorted. */
  async resources(name: string): Promise<readonly string[]> {
    const { StackResourceSummaries = [] } = await this.client.send(new ListStackResourcesCommand({ StackName: name }));
    return StackResourceSummaries.map((each) => `${each.LogicalResourceId}: ${each.ResourceType} ${each.ResourceStatus}`).toSorted();
  }

  async template(name: string): Promise<string> {
    const { TemplateBody } = await this.client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }));
    return TemplateBody ?? '';
  }

  /** Undefined where there is none of that name. */
  async parameter(name: string): Promise<string | undefined> {
    try {
      return (await this.ssm.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
    } catch (error) {
      if ((error as Error).name !== 'ParameterNotFound') throw error;
      return undefined;
    }
  }
}
