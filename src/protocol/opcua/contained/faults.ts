/** Answers in place of a request's result: a ServiceFault (OPC 10000-4, 7.34). */
import { RequestHeader, ServiceFault } from "node-opcua";
import type { Message, ServerSecureChannelLayer, StatusCode } from "node-opcua";

/** What an answer needs to know of its request. */
export interface Asked {
  readonly requestId: number;
  readonly securityHeader: Message["securityHeader"];
  /** Of the request; 0 where it could not be read */
  readonly requestHandle: number;
}

export function askedBy({ request, requestId, securityHeader }: Message): Asked {
  const header = (request as { requestHeader?: RequestHeader }).requestHeader;
  return { requestId, securityHeader, requestHandle: header?.requestHandle ?? 0 };
}

/** A fault as `send_response` takes it. */
export function faultMessage(asked: Asked, status: StatusCode): [ServiceFault, Message] {
  const { requestId, securityHeader, requestHandle } = asked;
  const request = { requestHeader: new RequestHeader({ requestHandle }) };
  const fault = new ServiceFault({ responseHeader: { serviceResult: status } });
  return [fault, { request, requestId, securityHeader } as unknown as Message];
}

/** Sends a fault; a channel that is gone sends nothing. */
export function sendFault(channel: ServerSecureChannelLayer, asked: Asked, status: StatusCode): void {
  channel.send_response("MSG", ...faultMessage(asked, status));
}
