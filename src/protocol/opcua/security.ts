/** The endpoints that a unit's server offers: pairs of security policy and message security mode. */
import { MessageSecurityMode, SecurityPolicy } from "node-opcua";

const MODES = {
  Sign: MessageSecurityMode.Sign,
  SignAndEncrypt: MessageSecurityMode.SignAndEncrypt,
} as const;

const POLICIES = {
  Basic256Sha256: SecurityPolicy.Basic256Sha256,
  Aes128_Sha256_RsaOaep: SecurityPolicy.Aes128_Sha256_RsaOaep,
  Aes256_Sha256_RsaPss: SecurityPolicy.Aes256_Sha256_RsaPss,
} as const;

/** As in a scenario: "none" or "Basic256Sha256/SignAndEncrypt". */
export type SecurityChoice = "none" | `${keyof typeof POLICIES}/${keyof typeof MODES}`;

/** All that can be chosen, for messages and schemas. */
export const SECURITY_CHOICES: readonly SecurityChoice[] = [
  "none",
  ...(Object.keys(POLICIES) as (keyof typeof POLICIES)[]).flatMap((policy) =>
    (Object.keys(MODES) as (keyof typeof MODES)[]).map((mode) => `${policy}/${mode}` as const),
  ),
];

export interface SecurityPair {
  readonly policy: SecurityPolicy;
  readonly mode: MessageSecurityMode;
}

/** What a choice means to the library. */
export function securityPair(choice: SecurityChoice): SecurityPair {
  if (choice === "none") return { policy: SecurityPolicy.None, mode: MessageSecurityMode.None };
  const [policy, mode] = choice.split("/") as [keyof typeof POLICIES, keyof typeof MODES];
  return { policy: POLICIES[policy], mode: MODES[mode] };
}
