import { Text as InkText, type TextProps } from "ink";
import { createElement, type ReactNode } from "react";
import { printable } from "../errors.ts";

/** Ink's text, in which nothing of a file, a client or a device moves the cursor or clears the screen. */
export function Text({ children, ...props }: TextProps): ReactNode {
  const parts = Array.isArray(children) ? (children as ReactNode[]) : [children];
  return createElement(InkText, props, ...parts.map(safe));
}

const safe = (part: ReactNode): ReactNode =>
  typeof part === "string" ? printable(part) : Array.isArray(part) ? part.map(safe) : part;
