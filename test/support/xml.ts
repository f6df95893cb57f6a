/** A reader of XML as strict as tests need: whatever it lets through is well-formed, and entities are resolved. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const NAME = "[A-Za-z_][\\w.-]*";
const TOKEN = new RegExp(
  [
    "<!\\[CDATA\\[(?<cdata>[^]*?)\\]\\]>",
    `</(?<close>${NAME})\\s*>`,
    `<(?<open>${NAME})(?<attributes>(?:\\s+${NAME}="[^"<]*")*)\\s*(?<empty>/?)>`,
    "(?<text>[^<]+)",
  ].join("|"),
  "y",
);
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** @throws Error where it is not well-formed */
export function parseXml(source: string): XmlElement {
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, "").trimEnd();
  // XML 1.0, 2.2: neither controls nor halves of a surrogate pair
  if (/[\0-\x08\x0b\f\x0e-\x1f\ufffe\uffff]/.test(body) || !body.isWellFormed())
    throw new Error("a character that XML cannot have");
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < body.length;) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(body)?.groups;
    if (!found) throw new Error(`not well-formed at ${body.slice(at, at + 60)}`);
    const parent = open.at(-1)!;
    if (found["close"] !== undefined) {
      if (open.pop()!.name !== found["close"]) throw new Error(`</${found["close"]}> closes another`);
    } else if (found["open"] !== undefined) {
      const element = { name: found["open"], attributes: readAttributes(found["attributes"]!), children: [] };
      parent.children.push({ ...element, text: "" });
      if (found["empty"] === "") open.push(parent.children.at(-1)!);
    } else if (found["text"]?.includes("]]>")) throw new Error("the end of a section outside of one");
    else parent.text += found["cdata"] ?? resolve(found["text"]!);
  }
  if (open.length > 1 || root.children.length !== 1) throw new Error("not one element around everything");
  return root.children[0]!;
}

function readAttributes(written: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of written.matchAll(/([\w.-]+)="([^"]*)"/g)) {
    if (name! in attributes) throw new Error(`two attributes ${name}`);
    attributes[name!] = resolve(value!);
  }
  return attributes;
}

function resolve(text: string): string {
  return text.replaceAll(/&([^;]*;?)/g, (_all, entity: string) => {
    const code = /^#(?:x([\da-f]+)|(\d+));$/i.exec(entity);
    if (code) return String.fromCodePoint(code[1] ? parseInt(code[1], 16) : Number(code[2]));
    const char = entity.endsWith(";") ? ENTITIES[entity.slice(0, -1)] : undefined;
    if (char === undefined) throw new Error(`the entity &${entity}`);
    return char;
  });
}
