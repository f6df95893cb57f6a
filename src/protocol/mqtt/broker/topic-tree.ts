interface Node<V> {
  readonly children: Map<string, Node<V>>;
  value: V | undefined;
}

const leaf = <V>(): Node<V> => ({ children: new Map(), value: undefined });

/** Values by topic name or topic filter, with a node for each level; what no value needs is no longer there. */
export class TopicTree<V> {
  readonly #root: Node<V> = leaf();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(path: string): V | undefined {
    let node: Node<V> | undefined = this.#root;
    for (const level of path.split("/")) node = node?.children.get(level);
    return node?.value;
  }

  set(path: string, value: V): void {
    let node = this.#root;
    for (const level of path.split("/")) {
      let child = node.children.get(level);
      if (!child) node.children.set(level, (child = leaf()));
      node = child;
    }
    if (node.value === undefined) this.#size += 1;
    node.value = value;
  }

  /** @returns the value that was there */
  delete(path: string): V | undefined {
    const levels = path.split("/");
    const way = [this.#root];
    for (const level of levels) {
      const child = way.at(-1)!.children.get(level);
      if (!child) return undefined;
      way.push(child);
    }
    const node = way.at(-1)!;
    const { value } = node;
    if (value === undefined) return undefined;
    node.value = undefined;
    this.#size -= 1;
    for (let i = levels.length; i > 0; i--) {
      if (way[i]!.children.size > 0 || way[i]!.value !== undefined) break;
      way[i - 1]!.children.delete(levels[i - 1]!);
    }
    return value;
  }

  /** The values of all filters that match a topic name. 4.7.2: no wildcard at the beginning matches `$`. */
  filtersOf(topic: string, visit: (value: V) => void): void {
    const levels = topic.split("/");
    const walk = (node: Node<V>, depth: number): void => {
      const mayBeWild = depth > 0 || !topic.startsWith("$");
      const rest = mayBeWild ? node.children.get("#")?.value : undefined;
      if (rest !== undefined) visit(rest);
      const level = levels[depth];
      if (level === undefined) {
        if (node.value !== undefined) visit(node.value);
        return;
      }
      const named = node.children.get(level);
      if (named) walk(named, depth + 1);
      const any = mayBeWild ? node.children.get("+") : undefined;
      if (any) walk(any, depth + 1);
    };
    walk(this.#root, 0);
  }

  /** The values of all topic names that a filter matches, until `visit` says false. */
  topicsOf(filter: string, visit: (value: V) => boolean): void {
    const levels = filter.split("/");
    const all = (node: Node<V>, depth: number): boolean => {
      if (node.value !== undefined && !visit(node.value)) return false;
      return children(node, depth, (child) => all(child, depth + 1));
    };
    const walk = (node: Node<V>, depth: number): boolean => {
      const level = levels[depth];
      if (level === undefined) return node.value === undefined || visit(node.value);
      if (level === "#") return all(node, depth);
      if (level === "+") return children(node, depth, (child) => walk(child, depth + 1));
      const named = node.children.get(level);
      return !named || walk(named, depth + 1);
    };
    walk(this.#root, 0);
  }
}

/** What a wildcard stands for, until `visit` says false. */
function children<V>(node: Node<V>, depth: number, visit: (child: Node<V>) => boolean): boolean {
  for (const [level, child] of node.children) {
    if (depth === 0 && level.startsWith("$")) continue;
    if (!visit(child)) return false;
  }
  return true;
}
