import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const sources = fileURLToPath(new URL("../src/", import.meta.url));

/** The regular expressions in a source, as written. */
function expressionsIn(path: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest));
  return found;
}

/**
 * Whether an expression can take time that grows faster than the text: it repeats a group without bound, or it may start
 * anywhere and repeats something without bound before it can fail.
 */
function canRunAway(expression: string): boolean {
  const bare = expression.replace(/\\./g, "x").replace(/\[[^\]]*\]/g, "x");
  const isAnchored = bare.startsWith("/^") && !/\/[a-z]*m[a-z]*$/.test(bare);
  return /\)(?:[*+]|\{\d+,\})/.test(bare) || (!isAnchored && /x?(?:[*+]|\{\d+,\})/.test(bare));
}

/** Looked at by hand: nothing after its blanks, colon or bounded words can fail, and each line is begun once. */
const known: readonly string[] = [
  "/^((?:Proxy-)?Authorization[ \\t]*:[ \\t]*)[^\\r\\n]*(?:\\r\\n[ \\t][^\\r\\n]*)*/gim",
  "/^(a=(?:crypto:(?:[0-9]{1,9}[ \\t]{1,8}\\w{1,64}[ \\t]{1,8})?|ice-pwd:)|k=)[^\\r\\n]*/gim",
];

test("no regular expression of the stack can run away", () => {
  const paths = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !path.endsWith(".test.ts"),
  );
  const all = paths.flatMap((path) => expressionsIn(`${sources}${path}`).map((text) => ({ path, text })));
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter(({ text }) => canRunAway(text) && !known.includes(text))).toEqual([]);
  expect(known.filter((text) => !all.some((each) => each.text === text))).toEqual([]);
});

test.each(["/^(a+)+$/", "/(x|y)*z/", "/[ \\t]+$/", "/^a*b/m", "/(?:ab){2,}/"])("%s is found out", (text) =>
  expect(canRunAway(text)).toBe(true),
);

test.each(["/^\\d+\\.\\d+$/", "/[\\r\\n]/g", "/^a(?:b){0,3}$/", "/^JsSIP\\b/i"])("%s is let through", (text) =>
  expect(canRunAway(text)).toBe(false),
);
