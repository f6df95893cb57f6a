import { useState } from "react";
import { FleetFaults } from "./fleet-faults.tsx";
import { useKept } from "./kept.ts";
import type { Binding } from "./keys.ts";
import { useRoom } from "./room.ts";
import { UnitFaults } from "./unit-faults.tsx";

/** What is wrong on purpose, and what else could be: with one unit, or anywhere. */
export function FaultsScreen() {
  const { ask } = useRoom();
  const [isFleet, setFleet] = useState(false);
  const [text, setText] = useKept("faults' filter", "");
  const filter = (): void =>
    ask({ kind: "line", text: "/", value: text, hints: [], onChange: setText, onEnter: setText });
  const keys: readonly Binding[] = [
    { key: "/", label: "filter", help: "only those with this in their names", run: filter },
    {
      key: "u",
      label: isFleet ? "one unit" : "all units",
      help: "what is there on all units, or back to one",
      run: () => setFleet(!isFleet),
    },
  ];
  const given = { text, keys, toUnit: () => setFleet(false) };
  return isFleet ? <FleetFaults {...given} /> : <UnitFaults {...given} />;
}
