import { expect, test } from "vitest";
import { withExamples } from "./readme-examples.ts";

const page = (first: string): string =>
  `# Stack\n\n<!-- examples/01-phone.ts -->\n\n\`\`\`ts\n${first}\`\`\`\n\nText.\n\n\`\`\`ts\nconst own = 1;\n\`\`\`\n`;

test("a page shows the examples that it names as they are, without their first comment, and keeps all else", () => {
  const read = (path: string): string => `// About ${path}.\n// More.\nconst phone = 1;\n// Kept.\n`;
  expect(withExamples(page("const old = 0;\n"), read)).toBe(page("const phone = 1;\n// Kept.\n"));
});

test("an example that is gone is noticed", () => {
  const read = (path: string): never => expect.fail(`no ${path}`);
  expect(() => withExamples(page(""), read)).toThrow("no examples/01-phone.ts");
});
