import { Box } from "ink";
import { useRef, useState } from "react";
import { usePresses } from "./keys.ts";
import { useRoom, type Prompt } from "./room.ts";
import { Text } from "./safe-text.tsx";

/** What is asked just now; as long as it is there, all keys are its own. */
export function PromptLine({ prompt, hintLines }: { readonly prompt: Prompt; readonly hintLines: number }) {
  return prompt.kind === "confirm" ? <Confirm {...prompt} /> : <Line {...prompt} hintLines={hintLines} />;
}

function Confirm({ text, onYes }: Extract<Prompt, { kind: "confirm" }>) {
  const { ask, interrupt, keyboard } = useRoom();
  usePresses(keyboard, (name) => {
    if (name === "ctrl-c") return interrupt();
    ask(undefined);
    if (name === "y" || name === "enter") onYes();
  });
  return (
    <Text color="yellow" bold wrap="truncate">
      {`${text}  y yes, other keys no`}
    </Text>
  );
}

/** What a hint offers to be written. */
const offerOf = (hint: string): string => hint.trim().split(/ {2,}/, 1)[0]!;

/** Those that what is written can still become; all words of a choice are found by any part of their first one. */
function choicesFor(hints: readonly string[], written: string): readonly string[] {
  const [word = ""] = written.trim().split(" ", 1);
  const isChosen = written.trimStart().includes(" ");
  const fits = (hint: string): boolean => {
    const [name = ""] = offerOf(hint).split(" ", 1);
    return isChosen ? name === word : name.includes(word);
  };
  return hints.filter(fits);
}

/** The choice after the one that is written in full, or the first; undefined where arguments would be lost. */
function completionOf(choices: readonly string[], written: string): string | undefined {
  const offers = choices.map(offerOf);
  const place = offers.indexOf(written.trim());
  if (place >= 0) return offers[(place + 1) % offers.length];
  return offers.find((offer) => !written.trimStart().includes(" ") || offer.startsWith(written.trimStart()));
}

function Line(prompt: Extract<Prompt, { kind: "line" }> & { readonly hintLines: number }) {
  const { text, value: first, hints, isChoice = false, hintLines, onChange, onEnter } = prompt;
  const { ask, interrupt, keyboard } = useRoom();
  const [value, setValue] = useState(first);
  // Keys may come faster than frames.
  const written = useRef(first);
  const change = (next: string): void => {
    written.current = next;
    setValue(next);
    onChange?.(next);
  };
  const complete = (): void => {
    const next = isChoice ? completionOf(choicesFor(hints, written.current), written.current) : undefined;
    if (next !== undefined) change(next);
  };
  usePresses(keyboard, (name) => {
    const character = name === "space" ? " " : name;
    if (name === "ctrl-c") return interrupt();
    if (name === "enter" || name === "esc") {
      ask(undefined);
      if (name === "enter") onEnter(written.current.trim());
      else onChange?.(first);
    } else if (name === "tab") complete();
    else if (name === "backspace") change(written.current.slice(0, -1));
    else if (name === "ctrl-u") change("");
    else if (/^[ -~]$/.test(character)) change(written.current + character);
  });
  const shown = isChoice ? choicesFor(hints, value) : hints;
  return (
    <Box flexDirection="column">
      {Array.from({ length: hintLines }, (_, i) => (
        <Text key={i} color="gray" wrap="truncate">
          {shown[i] ?? " "}
        </Text>
      ))}
      <Text wrap="truncate-start">
        <Text color="yellow" bold>{`${text} `}</Text>
        {value}
        <Text inverse>▏</Text>
      </Text>
    </Box>
  );
}
