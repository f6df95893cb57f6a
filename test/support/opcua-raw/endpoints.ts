import type { Reader } from "./reader.ts";

const ANONYMOUS = 0;
const NO_SECURITY = 1;

/** The policy id by which a session without a user logs in over a channel without security; undefined if none. */
export function anonymousPolicyOf(endpoints: Reader): string | undefined {
  let found: string | undefined;
  for (let left = endpoints.int32(); left > 0; left--) {
    endpoints.string();
    skipApplication(endpoints);
    endpoints.bytes();
    const mode = endpoints.uint32();
    endpoints.string();
    for (let tokens = endpoints.int32(); tokens > 0; tokens--) {
      const policyId = endpoints.string();
      const isAnonymous = endpoints.uint32() === ANONYMOUS;
      for (let i = 0; i < 3; i++) endpoints.string();
      if (isAnonymous && mode === NO_SECURITY) found ??= policyId ?? undefined;
    }
    endpoints.string();
    endpoints.byte();
  }
  return found;
}

/** An ApplicationDescription (OPC 10000-4, 7.2). */
function skipApplication(reader: Reader): void {
  reader.string();
  reader.string();
  const name = reader.byte();
  if (name & 1) reader.string();
  if (name & 2) reader.string();
  reader.uint32();
  reader.string();
  reader.string();
  for (let urls = reader.int32(); urls > 0; urls--) reader.string();
}
