import { Box, Text, useInput } from "ink";
import { useRef, useState } from "react";
import { nameOf } from "./keys.ts";
import { useRoom, type Prompt } from "./room.ts";

/** What is asked just now; as long as it is there, all keys are its own. */
export function PromptLine({ prompt }: { readonly prompt: Prompt }) {
  return prompt.kind === "confirm" ? <Confirm {...prompt} /> : <Line {...prompt} />;
}

function Confirm({ text, onYes }: Extract<Prompt, { kind: "confirm" }>) {
  const { ask, interrupt } = useRoom();
  useInput((input, key) => {
    const name = nameOf(input, key);
    if (name === "ctrl-c") return interrupt();
    ask(undefined);
    if (name === "y" || name === "enter") onYes();
  });
  return (
    <Text color="yellow" bold wrap="truncate">
      {`${text}  y yes, any other key no`}
    </Text>
  );
}

function Line({ text, value: first, hints, onChange, onEnter }: Extract<Prompt, { kind: "line" }>) {
  const { ask, interrupt } = useRoom();
  const [value, setValue] = useState(first);
  // Keys may come faster than frames.
  const written = useRef(first);
  const change = (next: string): void => {
    written.current = next;
    setValue(next);
    onChange?.(next);
  };
  useInput((input, key) => {
    const name = nameOf(input, key);
    if (name === "ctrl-c") return interrupt();
    if (name === "enter" || name === "esc") {
      ask(undefined);
      if (name === "enter") onEnter(written.current.trim());
      else onChange?.(first);
    } else if (name === "backspace") change(written.current.slice(0, -1));
    else if (name === "ctrl-u") change("");
    // What is pasted comes as a whole.
    else if (!key.ctrl && !key.meta && /^[ -~]+$/.test(input)) change(written.current + input);
  });
  return (
    <Box flexDirection="column">
      {hints.map((hint) => (
        <Text key={hint} color="gray" wrap="truncate">
          {hint}
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
