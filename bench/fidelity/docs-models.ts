/* `npm run docs:models`: writes a page about each machine model into docs/models. */
import { mkdirSync, writeFileSync } from "node:fs";
import { formatDocument } from "./documents.ts";
import { modelPages } from "./model-docs.ts";

const FOLDER = "docs/models";

mkdirSync(FOLDER, { recursive: true });
for (const [name, text] of modelPages()) writeFileSync(`${FOLDER}/${name}`, await formatDocument(text));
