/** A comment that names an example, and the code block behind it. */
const BLOCK = /(<!-- (examples\/[\w-]+\.ts) -->\n\n```ts\n)[\s\S]*?(?=```\n)/g;

/** An example without what its file says before the code: the page says that itself. */
const codeOf = (text: string): string => text.replace(/^(?:\/\/.*\n)+/, "");

/** The page with the examples that it names as they are now. */
export const withExamples = (page: string, read: (path: string) => string): string =>
  page.replaceAll(BLOCK, (_block, opening: string, path: string) => opening + codeOf(read(path)));
