/**
 * A copy of a text that stands by itself. What is cut out of a message keeps the whole message in memory; what is stored for long
 * must not.
 */
export const ownText = (text: string): string => JSON.parse(JSON.stringify(text)) as string;
