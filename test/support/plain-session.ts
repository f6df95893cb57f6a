import { OPCUAClient } from "node-opcua";
import type { ClientSession } from "node-opcua";

/** A client's session without security, in this process. */
export async function plainSession(
  endpointUrl: string,
): Promise<{ session: ClientSession; close: () => Promise<void> }> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  await client.connect(endpointUrl);
  const session = await client.createSession();
  return { session, close: () => client.disconnect() };
}
