import { useState } from "react";
import { Frame, useBody } from "./frame.tsx";
import { usePoll } from "./poll.ts";
import { useRoom } from "./room.ts";
import { Text } from "./safe-text.tsx";

/** What the run has said. */
export function LogScreen() {
  const { log } = useRoom();
  const { rows } = useBody();
  const [back, setBack] = useState(0);
  const lines = usePoll(async () => [...log.lines], []) ?? [];
  const furthest = Math.max(lines.length - rows, 0);
  const scroll = (by: number): void => setBack(Math.max(0, Math.min(back + by, furthest)));
  const end = lines.length - Math.min(back, furthest);
  const bindings = [
    { key: "up", label: "older", help: "a line back", run: () => scroll(1) },
    { key: "down", label: "newer", help: "a line on", run: () => scroll(-1) },
    { key: "pgup", help: "a page back", run: () => scroll(rows) },
    { key: "pgdn", help: "a page on", run: () => scroll(-rows) },
    { key: "home", help: "to the oldest line that is kept", run: () => scroll(Infinity) },
    { key: "end", help: "to the newest", run: () => scroll(-Infinity) },
  ];
  return (
    <Frame bindings={bindings}>
      {lines.slice(Math.max(end - rows, 0), end).map((line, i) => (
        <Text key={i} wrap="truncate">{` ${line}`}</Text>
      ))}
    </Frame>
  );
}
