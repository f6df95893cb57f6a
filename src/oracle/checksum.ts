/** FNV-1a over octets, 32 bits: finds what a gateway changed, and is no protection against one that wants to. */
export function checksum(data: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < data.length; i++) hash = Math.imul(hash ^ data[i]!, 0x01000193);
  return hash >>> 0;
}
