import { X509Certificate } from "node:crypto";

/** Octets of a DER header whose length takes two: every certificate is longer than 255 octets and shorter than 65,536 */
const HEADER_OCTETS = 4;
const SEQUENCE = 0x30;
const LENGTH_OF_TWO_OCTETS = 0x82;

/**
 * Whether a client's certificate, or its chain, is DER from begin to end; a client without security sends none.
 * The library computes with what it is sent, and throws where that is cut off.
 */
export function isWholeCertificate(chain: Buffer | null | undefined): boolean {
  for (let rest = chain ?? Buffer.alloc(0); rest.length > 0;) {
    const isCertificate =
      rest.length > HEADER_OCTETS && rest[0] === SEQUENCE && rest[1] === LENGTH_OF_TWO_OCTETS;
    const size = isCertificate ? HEADER_OCTETS + rest.readUInt16BE(2) : Infinity;
    if (size > rest.length || !canBeRead(rest.subarray(0, size))) return false;
    rest = rest.subarray(size);
  }
  return true;
}

function canBeRead(certificate: Buffer): boolean {
  try {
    return new X509Certificate(certificate).publicKey.asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}
