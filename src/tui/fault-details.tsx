import type { FaultEntry } from "../runtime/fault-kinds.ts";
import type { RunFault } from "../runtime/result.ts";
import { levelOf } from "./fault-text.ts";
import { Text } from "./safe-text.tsx";
import { formatSpan } from "./text.ts";

/** What a kind of fault does, and what can be said of one. @param reason  why the unit cannot have it, if so */
export function KindDetail({
  kind,
  reason,
}: {
  readonly kind: FaultEntry;
  readonly reason: string | undefined;
}) {
  const { title, description, raises, causes, onset_s, parameters } = kind;
  return (
    <>
      <Text bold>{title}</Text>
      {reason !== undefined && <Text color="yellow">{`Not on this unit: ${reason}`}</Text>}
      <Text>{description}</Text>
      {raises.length > 0 && <Text color="magenta">{`raises ${raises.join(", ")}`}</Text>}
      {causes !== undefined && <Text color="magenta">{causes}</Text>}
      {onset_s > 0 && <Text color="gray">{`sets in over ${formatSpan(onset_s)} of plant time`}</Text>}
      {Object.entries(parameters).map(([name, said]) => (
        <Text key={name}>
          <Text color="cyan">{name}</Text>
          {`: ${said}`}
        </Text>
      ))}
    </>
  );
}

/** A fault that is there. @param now_s  plant time */
export function ActiveDetail({ fault, now_s }: { readonly fault: RunFault; readonly now_s: number }) {
  const { id, kind, unit, from_s, ends_s, parameters } = fault;
  const level = levelOf(fault, now_s);
  const effects =
    "family" in fault ? fault.causes : fault.raises.length > 0 && `raises ${fault.raises.join(", ")}`;
  return (
    <>
      <Text bold>{`${kind} (${id}) on ${unit}`}</Text>
      <Text>{`there for ${formatSpan(Math.max(now_s - from_s, 0))} of plant time`}</Text>
      {!("family" in fault) && level < 1 && (
        <Text>{`has set in by ${Math.floor(level * 100)} %, in full in ${formatSpan(fault.full_s - now_s)}`}</Text>
      )}
      <Text>
        {ends_s === undefined
          ? "stays until it is cleared"
          : `ends by itself in ${formatSpan(Math.max(ends_s - now_s, 0))} of plant time`}
      </Text>
      {effects !== false && <Text color="magenta">{effects}</Text>}
      {Object.entries(parameters).map(([name, value]) => (
        <Text key={name}>{`${name} = ${value}`}</Text>
      ))}
      <Text color="gray">
        {"family" in fault ? "Enter clears it." : "Enter clears it; what has worn meanwhile stays worn."}
      </Text>
    </>
  );
}
