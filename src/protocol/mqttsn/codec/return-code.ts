/** 5.3.10; 04 to FF are reserved, and a receiver takes them for a refusal. */
export const RETURN_CODE = { accepted: 0, congestion: 1, invalidTopicId: 2, notSupported: 3 } as const;

/** 0 to 255, by name in RETURN_CODE. */
export type ReturnCode = number;
