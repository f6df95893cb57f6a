/**
 * A server of the library that lets in whom a scenario lets in, and says in one line whom it turned away.
 *
 * Status codes are the library's, which follow OPC 10000-4: an unknown certificate is told no more than
 * BadSecurityChecksFailed, so that nobody learns what the trust list holds.
 */
import { X509Certificate } from "node:crypto";

import {
  ActivateSessionRequest,
  AnonymousIdentityToken,
  CreateMonitoredItemsRequest,
  CreateSessionRequest,
  CreateSubscriptionRequest,
  ModifyMonitoredItemsRequest,
  OPCUAServer,
  StatusCodes,
  UserNameIdentityToken,
  UserTokenType,
  X509IdentityToken,
  type EndpointDescription,
  type EndpointDescriptionEx,
  type Message,
  type OPCUAServerEndPoint,
  type OPCUAServerOptions,
  type ServerSecureChannelLayer,
  type ServerSession,
  type SignatureData,
  type StatusCode,
  type UserIdentityToken,
} from "node-opcua";

import { printable } from "../../errors.ts";
import type { Containment } from "../containment.ts";
import { isWholeCertificate } from "./client-certificate.ts";
import { containEndpoint } from "./contained/contained-endpoint.ts";
import { askedBy, sendFault } from "./contained/faults.ts";
import { amendRanges } from "./contained/index-ranges.ts";
import { containEngine } from "./contained/library-timers.ts";
import { ContainedRequests } from "./contained/requests.ts";
import { makeRoomForSession, makeRoomForSubscription } from "./contained/room-for-clients.ts";
import { sliceServices } from "./contained/sliced-services.ts";
import type { Disturbances } from "./disturbances.ts";
import { mendFullHouse, mendRefusals } from "./library-mends.ts";
import { roleIds, type Role } from "./permissions.ts";
import type { SecurityPair } from "./security.ts";
import type { UserTable } from "./users.ts";

export interface Access {
  readonly pairs: readonly SecurityPair[];
  readonly users: UserTable;
  /** What a session without a user may do; false when there can be none */
  readonly anonymous: Role | false;
  readonly disturbances?: Disturbances;
  /** By which alone clients know it, when they do not reach it where it listens */
  readonly url?: string | undefined;
  /** Is told whom the server turned away, once each */
  readonly log: (line: string) => void;
  readonly containment: Containment;
}

type Answer<T> = (error: Error | null, result?: T, status?: StatusCode) => void;

/** Longest name that a client can put into a log */
const NAME_LENGTH = 64;
/** Lines that differ; somebody who tries passwords for names by the thousand gets no more. */
const LINES_MAX = 1000;

export class GuardedServer extends OPCUAServer {
  readonly #access: Access;
  readonly #requests: ContainedRequests;
  readonly #said = new Set<string>();

  constructor(options: OPCUAServerOptions, access: Access) {
    const { users, anonymous } = access;
    super({
      ...options,
      allowAnonymous: anonymous !== false,
      userManager: {
        isValidUserAsync: (
          name: string,
          password: string,
          answer: (error: Error | null, isValid?: boolean) => void,
        ) => {
          users.isPassword(name, password).then((isValid) => answer(null, isValid), answer);
        },
      },
    });
    this.#access = access;
    this.#requests = new ContainedRequests(access.containment);
    const ids = {
      observer: roleIds("observer"),
      operator: roleIds("operator"),
      engineer: roleIds("engineer"),
    };
    const ofAnonymous = anonymous ? ids[anonymous] : [];
    this.setRolePolicyOverride({
      getUserRoles: (name) => {
        const role = users.role(name);
        return role ? ids[role] : ofAnonymous;
      },
    });
  }

  /** To be called once, between initialize() and start(). */
  guard(): void {
    const { containment } = this.#access;
    containEngine(this.engine, containment);
    sliceServices(this, containment);
    this.#requests.contain(this);
    for (const endpoint of this.endpoints) {
      containEndpoint(endpoint, containment);
      offerOnly(endpoint, this.#access);
      endpoint.on("newChannel", (channel) => {
        mendRefusals(channel);
        this.#access.disturbances?.watch(channel);
      });
      mendFullHouse(endpoint);
      endpoint.on("connectionRefused", () => {
        this.#refuse("a connection, since there are too many", StatusCodes.BadMaxConnectionsReached);
      });
      endpoint.onAdjustCertificateStatus = (status, certificate) => {
        this.#refuse(`the client certificate ${nameOf(certificate)}`, status);
        return status;
      };
      const find = endpoint.getEndpointDescription.bind(endpoint);
      endpoint.getEndpointDescription = (mode, policy, url) => {
        const found = find(mode, policy, url);
        const wanted = policy.split("#").at(-1);
        if (!found) this.#refuse(`a client that wants ${wanted}`, StatusCodes.BadSecurityPolicyRejected);
        return found;
      };
    }
  }

  override on_request(message: Message, channel: ServerSecureChannelLayer): void {
    this.#requests.admit(message, channel, () => this.#dispatch(message, channel));
  }

  #dispatch(message: Message, channel: ServerSecureChannelLayer): void {
    const { request } = message;
    if (request instanceof CreateSessionRequest) {
      const refusal = this.#refusalOf(request);
      if (refusal) return sendFault(channel, askedBy(message), refusal);
      makeRoomForSession(this);
    }
    if (request instanceof CreateSubscriptionRequest) makeRoomForSubscription(this);
    amendRanges(request);
    if (request instanceof CreateMonitoredItemsRequest) this.#limitQueues(request.itemsToCreate);
    if (request instanceof ModifyMonitoredItemsRequest) this.#limitQueues(request.itemsToModify);
    // No user at all means an anonymous one, for which the library throws where there can be none.
    if (request instanceof ActivateSessionRequest && this.#access.anonymous === false)
      request.userIdentityToken ??= new AnonymousIdentityToken({ policyId: "anonymous" });
    super.on_request(message, channel);
  }

  #refusalOf({ clientCertificate }: CreateSessionRequest): StatusCode | undefined {
    if (this.#access.disturbances?.refusesSessions) return StatusCodes.BadTooManySessions;
    return isWholeCertificate(clientCertificate) ? undefined : StatusCodes.BadCertificateInvalid;
  }

  /** The library has a maximum of its own, whatever the capabilities say. */
  #limitQueues(items: readonly { readonly requestedParameters: { queueSize: number } }[] | null): void {
    const { maxMonitoredItemsQueueSize: most } = this.engine.serverCapabilities;
    for (const { requestedParameters: asked } of items ?? [])
      asked.queueSize = Math.min(asked.queueSize, most);
  }

  protected override isValidUserIdentityToken(
    channel: ServerSecureChannelLayer,
    session: ServerSession,
    token: UserIdentityToken,
    signature: SignatureData,
    endpoint: EndpointDescription,
    answer: Answer<StatusCode>,
  ): void {
    super.isValidUserIdentityToken(channel, session, token, signature, endpoint, (error, status) => {
      if (!status?.isGood()) this.#refuse(userOf(token), status ?? StatusCodes.BadCertificateInvalid);
      answer(error, status);
    });
  }

  protected override isUserAuthorized(
    channel: ServerSecureChannelLayer,
    session: ServerSession,
    token: UserIdentityToken,
    answer: Answer<boolean>,
  ): void {
    const refuse = (status: StatusCode): void => {
      this.#refuse(userOf(token), status);
      answer(null, false, status);
    };
    // The library lets in whoever has a certificate that is valid.
    const { users } = this.#access;
    if (token instanceof X509IdentityToken && !users.hasCertificate(token.certificateData))
      return refuse(StatusCodes.BadIdentityTokenRejected);
    super.isUserAuthorized(channel, session, token, (error, isAuthorized, status) => {
      if (isAuthorized && !error) answer(null, true, status);
      else refuse(status ?? (error ? StatusCodes.BadInternalError : StatusCodes.BadUserAccessDenied));
    });
  }

  #refuse(who: string, status: StatusCode): void {
    const line = `OPC UA ${this.serverInfo.applicationName.text}: turned away ${who} (${status.name})`;
    if (this.#said.has(line) || this.#said.size >= LINES_MAX) return;
    this.#said.add(line);
    this.#access.log(line);
  }
}

const quoted = (text: string): string => printable(JSON.stringify(text.slice(0, NAME_LENGTH)));

function userOf(token: UserIdentityToken): string {
  if (token instanceof UserNameIdentityToken) return `user ${quoted(token.userName ?? "")}`;
  if (token instanceof X509IdentityToken) return `the user certificate ${nameOf(token.certificateData)}`;
  return "a client without a user";
}

/** Subject and SHA-1 thumbprint, by which `taktwerk pki` and most products name certificates. */
function nameOf(certificate: Buffer | null): string {
  try {
    const { subject, fingerprint } = new X509Certificate(certificate ?? Buffer.alloc(0));
    return `${quoted(subject.replaceAll("\n", ", "))} ${fingerprint.replaceAll(":", "").toLowerCase()}`;
  } catch {
    return "that cannot be read";
  }
}

/**
 * The library offers each policy in each mode, and more ways to log in than there are; takes away what was not
 * asked for. It keeps what discovery needs: a restricted endpoint without security that no session can use.
 */
function offerOnly(endpoint: OPCUAServerEndPoint, { pairs, users, anonymous, url }: Access): void {
  const isOffered: Partial<Record<UserTokenType, boolean>> = {
    [UserTokenType.Anonymous]: anonymous !== false,
    [UserTokenType.UserName]: users.hasPasswords,
    [UserTokenType.Certificate]: users.certificates.length > 0,
  };
  const descriptions = endpoint.endpointDescriptions() as EndpointDescriptionEx[];
  const wanted = descriptions.filter(
    ({ endpointUrl, restricted, securityMode, securityPolicyUri }) =>
      (url === undefined || endpointUrl === url) &&
      (restricted || pairs.some(({ policy, mode }) => mode === securityMode && policy === securityPolicyUri)),
  );
  for (const description of wanted) {
    const tokens = description.userIdentityTokens ?? [];
    description.userIdentityTokens = tokens.filter(({ tokenType }) => isOffered[tokenType]);
  }
  descriptions.splice(0, descriptions.length, ...wanted);
}
